"""What the analytics page costs with ten thousand, a million and ten million messages.

Each number has a database of its own: PostgreSQL writes a year of messages, `manage.py rebuild_analytics` counts them.
Then the pages of all are asked for in turns, behind granian with production's settings. The totals of the API must
agree with the rows.

    make bench NAME=analytics
    python -m benchmarks.analytics --messages 10000,1000000

The last line is JSON; `docs/benchmarks.md` tells what each figure means.
"""

import argparse
import json
import os
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

# So that it also runs as `python benchmarks/analytics.py`.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import requests

from benchmarks.measuring import system
from benchmarks.measuring.figures import ms, percentile_ms, row

SETTINGS = "benchmarks.counting.settings"
FLAGS = ("--workers", "1", "--blocking-threads", "2")
PAGE, API = "/dashboard/analytics/", "/api/analytics/"
ROUNDS, WARM_UP = 60, 10
# The page whose times are told in the last line.
THE_PAGE = "everybody's 30 days"


@dataclass(frozen=True)
class Site:
    """The application over one database, and two people who have signed in there."""

    count: int
    url: str
    staff: requests.Session
    inviter: requests.Session


def main() -> int:
    arguments = _arguments()
    with system.running(SETTINGS) as running:
        sites = [_site(running, count) for count in arguments.messages]
        page_ms = _measure(sites)
    growth = page_ms[str(max(arguments.messages))] / page_ms[str(min(arguments.messages))]
    print(json.dumps({"page_ms": page_ms, "growth": round(growth, 2)}))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--messages",
        type=lambda text: [int(number) for number in text.split(",")],
        default=[10_000, 1_000_000, 10_000_000],
        help="how many, with commas between",
    )
    return parser.parse_args()


def _site(running: system.System, count: int) -> Site:
    """Write and count so many messages, check the numbers, and serve them."""
    from django.core.management import call_command

    from benchmarks.counting import rows

    _use_database_of_its_own(f"messages_{count}")
    started = time.perf_counter()
    rows.write(count)
    written = time.perf_counter()
    call_command("rebuild_analytics")
    counted = time.perf_counter()
    print(f"{count:,}: written in {written - started:.0f} s, counted in {counted - written:.0f} s", flush=True)
    rows.tidy()
    site = Site(
        count,
        running.serve(SETTINGS, flags=FLAGS, probe="/accounts/login/"),
        staff=_session(rows.STAFF),
        inviter=_session("inviter0"),
    )
    _check(site)
    return site


def _use_database_of_its_own(name: str) -> None:
    """Make one with our tables, for this process and for the servers that it starts from now on."""
    from django.core.management import call_command
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    connection.close()
    os.environ["DATABASE_URL"] = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    connection.settings_dict["NAME"] = name
    call_command("migrate", verbosity=0)


def _measure(sites: list[Site]) -> dict[str, float]:
    """Ask for every page of every site in turn; print p50 and p95, and return p50 of the first, in milliseconds."""
    year = f"?{_year()}"
    ways = {
        THE_PAGE: ("staff", PAGE),
        "everybody's year": ("staff", PAGE + year),
        "everybody's year in one country": ("staff", f"{PAGE}{year}&country=MX"),
        "one inviter's 30 days": ("inviter", PAGE),
        "one inviter's year": ("inviter", PAGE + year),
        "everybody's 30 days as JSON": ("staff", API),
    }
    took: dict[tuple[int, str], list[float]] = {(site.count, name): [] for site in sites for name in ways}
    for number in range(WARM_UP + ROUNDS):
        for name, (who, path) in ways.items():
            for site in sites:
                seconds = _ask(getattr(site, who), site.url + path)
                if number >= WARM_UP:
                    took[site.count, name].append(seconds)
    print("\n" + row("p50 / p95 ms", *(f"{site.count:,}" for site in sites)))
    for name in ways:
        figures = [
            (percentile_ms(took[site.count, name], 50), percentile_ms(took[site.count, name], 95)) for site in sites
        ]
        print(row(name, *(f"{ms(p50)} / {ms(p95)}" for p50, p95 in figures)), flush=True)
    return {str(site.count): round(percentile_ms(took[site.count, THE_PAGE], 50), 2) for site in sites}


def _year() -> str:
    from django.utils import timezone

    today = timezone.localdate()
    return f"from={today - timedelta(days=365)}&to={today}"


def _session(username: str) -> requests.Session:
    """Somebody who has signed in."""
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.test import Client

    client = Client()
    client.force_login(get_user_model().objects.get(username=username))
    session = requests.Session()
    session.trust_env = False
    # Set by hand: the cookie is for https only.
    session.headers["Cookie"] = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    return session


def _ask(session: requests.Session, url: str) -> float:
    started = time.perf_counter()
    response = session.get(url, timeout=60, allow_redirects=False)
    seconds = time.perf_counter() - started
    if response.status_code != 200:
        raise RuntimeError(f"{url} answered {response.status_code}: {response.text[:500]}")
    return seconds


def _check(site: Site) -> None:
    """Raise RuntimeError unless the numbers are those of the rows."""
    from communications.models import Message
    from invitations.models import Invitation

    told: dict[str, Any] = site.staff.get(f"{site.url}{API}?{_year()}", timeout=60).json()
    read = Message.objects.filter(status="read").count()
    joined = Invitation.objects.filter(state="joined").count()
    found = (told["messages"]["total"], told["messages"]["read"], told["invitations"]["joined"])
    if found != (site.count, read, joined):
        raise RuntimeError(f"The page tells {found}, the rows say {(site.count, read, joined)}")


if __name__ == "__main__":
    raise SystemExit(main())
