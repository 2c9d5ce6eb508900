"""What the analytics page costs with ten thousand, a million and ten million messages.

PostgreSQL writes a year of messages, `manage.py rebuild_analytics` counts them, and the page is asked for behind
granian with production's settings. The totals of the API must agree with the rows.

    make bench NAME=analytics
    python -m benchmarks.analytics --messages 10000,1000000

The last line is JSON; `docs/benchmarks.md` tells what each figure means.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

# So that it also runs as `python benchmarks/analytics.py`.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import requests

from benchmarks.measuring import system
from benchmarks.measuring.figures import ms, percentile_ms, row

SETTINGS = "benchmarks.counting.settings"
FLAGS = ("--workers", "1", "--blocking-threads", "2")
PAGE, API = "/dashboard/analytics/", "/api/analytics/"
ROUNDS, WARM_UP = 40, 10
A_YEAR = "from={first}&to={last}"


def main() -> int:
    arguments = _arguments()
    page_ms = {}
    with system.running(SETTINGS) as running:
        url = running.serve(SETTINGS, flags=FLAGS, probe="/accounts/login/")
        for count in arguments.messages:
            _prepare(count)
            page_ms[str(count)] = _measure(url, count)
    smallest, largest = page_ms[str(min(arguments.messages))], page_ms[str(max(arguments.messages))]
    print(json.dumps({"page_ms": page_ms, "growth": round(largest / smallest, 2)}))
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


def _prepare(count: int) -> None:
    from django.core.management import call_command

    from benchmarks.counting import rows

    started = time.perf_counter()
    rows.write(count)
    written = time.perf_counter()
    call_command("rebuild_analytics")
    counted = time.perf_counter()
    print(
        f"\n{count:,} messages: written in {written - started:.0f} s, counted in {counted - written:.0f} s", flush=True
    )


def _measure(url: str, count: int) -> float:
    """Ask for each page in turn; print p50 and p95 of each, and return p50 of the first in milliseconds."""
    from benchmarks.counting.rows import STAFF

    staff, inviter = _session(STAFF), _session("inviter0")
    year = f"?{_year()}"
    ways = {
        "everybody's 30 days": (staff, PAGE),
        "everybody's year": (staff, PAGE + year),
        "everybody's year in one country": (staff, f"{PAGE}{year}&country=MX"),
        "one inviter's 30 days": (inviter, PAGE),
        "one inviter's year": (inviter, PAGE + year),
        "everybody's 30 days as JSON": (staff, API),
    }
    took: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(WARM_UP + ROUNDS):
        for name, (session, path) in ways.items():
            seconds = _ask(session, url + path)
            if number >= WARM_UP:
                took[name].append(seconds)
    print(row("page", "p50 ms", "p95 ms"))
    for name, seconds_of in took.items():
        print(row(name, ms(percentile_ms(seconds_of, 50)), ms(percentile_ms(seconds_of, 95))), flush=True)
    _check(staff, f"{url}{API}{year}", count)
    return round(percentile_ms(next(iter(took.values())), 50), 2)


def _year() -> str:
    from datetime import timedelta

    from django.utils import timezone

    today = timezone.localdate()
    return A_YEAR.format(first=today - timedelta(days=365), last=today)


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


def _check(session: requests.Session, url: str, count: int) -> None:
    """Raise RuntimeError unless the numbers are those of the rows."""
    from communications.models import Message
    from invitations.models import Invitation

    told: dict[str, Any] = session.get(url, timeout=60).json()
    read = Message.objects.filter(status="read").count()
    joined = Invitation.objects.filter(state="joined").count()
    found = (told["messages"]["total"], told["messages"]["read"], told["invitations"]["joined"])
    if found != (count, read, joined):
        raise RuntimeError(f"The page tells {found}, the rows say {(count, read, joined)}")


if __name__ == "__main__":
    raise SystemExit(main())
