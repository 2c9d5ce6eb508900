"""`make demo`: one real invitation through the REST API, from the request to "read", on this machine alone.

Starts the sandbox in Meta's place and the application behind granian, each on a port of its own and with a fresh
database; sends, prints what was asked, answered and reported; then keeps serving. `pyfactor/stack.py` does the same
with the processes of production.
"""

import argparse
import json
import os
import re
import secrets
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from pyfactor import local
from pyfactor.programs import Program, Programs

PERSON = "+12025550100"
USERNAME = "demo"


@dataclass(frozen=True)
class Demo:
    """What was started. `places` are further addresses worth a line."""

    application_url: str
    sandbox_url: str
    password: str
    token: str
    programs: Programs
    places: dict[str, str] = field(default_factory=dict)


@contextmanager
def running() -> Iterator[Demo]:
    """Run sandbox, application and a worker until left."""
    with tempfile.TemporaryDirectory(prefix="demo-") as name:
        folder = Path(name)
        application_url, sandbox_url = address(8000), address(9000)
        environment = environment_of(
            sandbox_url,
            DATABASE_URL=f"sqlite:///{folder / 'demo.sqlite3'}",
            # SQLite has room for one writer, and each message comes back as three webhooks.
            WHATSAPP_MESSAGES_PER_SECOND="20",
        )
        password, token = sign_up()
        with Programs(folder, environment) as programs:
            programs.start(
                sandbox(sandbox_url, application_url, environment),
                application(application_url),
                Program("worker", ("django", "run_due_work", "--follow")),
            )
            yield Demo(application_url, sandbox_url, password, token, programs)


def address(preferred_port: int) -> str:
    return f"http://127.0.0.1:{local.free_port(preferred_port)}"


def environment_of(sandbox_url: str, **more: str) -> dict[str, str]:
    """The environment of every program, and from now on of this process.

    It says everything that the developer's own environment, or a file `.env`, could say otherwise.
    """
    settings = (Path(__file__).parent / "settings.py").read_text()
    # Set and empty counts as not set, and is not read from `.env` either.
    blank = dict.fromkeys(["RENDER", *re.findall(r'from_env\(\s*"(\w+)"', settings)], "")
    environment = {
        **blank,
        # Everything runs on this machine: no proxy stands between.
        **dict.fromkeys(["NO_PROXY", "no_proxy"], "127.0.0.1,localhost"),
        "DJANGO_SETTINGS_MODULE": "pyfactor.settings",
        "DEBUG": "1",
        "WHATSAPP_ACCESS_TOKEN": secrets.token_hex(16),
        "WHATSAPP_APP_SECRET": secrets.token_hex(16),
        "WHATSAPP_WEBHOOK_VERIFY_TOKEN": secrets.token_hex(16),
        "WHATSAPP_GRAPH_API_URL": sandbox_url,
        **more,
    }
    os.environ.update(environment)
    return environment


def sandbox(url: str, webhooks_url: str, environment: dict[str, str], *flags: str) -> Program:
    arguments = (
        "sandbox", "--port", _port(url), "--webhook", f"{webhooks_url}/api/webhooks/whatsapp/",
        "--access-token", environment["WHATSAPP_ACCESS_TOKEN"],
        "--app-secret", environment["WHATSAPP_APP_SECRET"],
        "--delay-ms", "400", *flags,
    )  # fmt: skip
    return Program("sandbox", arguments, url)


def application(url: str) -> Program:
    # Each thread keeps a database connection of its own.
    flags = ("--interface", "wsgi", "--host", "127.0.0.1", "--port", _port(url), "--blocking-threads", "8")
    return Program("web", ("granian", *flags, "pyfactor.wsgi:application"), url)


def _port(url: str) -> str:
    return url.rpartition(":")[2]


def sign_up() -> tuple[str, str]:
    """Make the tables, a user and a token; return the password and the token."""
    import django

    django.setup()
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from knox.models import AuthToken

    call_command("migrate", verbosity=0)
    password = secrets.token_urlsafe(9)
    user = get_user_model()._default_manager.create_superuser(
        USERNAME, "demo@example.com", password, first_name="John", last_name="Doe"
    )
    _row, token = AuthToken.objects.create(user)
    return password, token


def send_and_watch(demo: Demo) -> bool:
    """Send one invitation, print the exchange, and say whether it was read within a minute."""
    session = requests.Session()
    # Neither a proxy nor a .netrc of the developer's.
    session.trust_env = False
    session.headers["Authorization"] = f"Bearer {demo.token}"
    url = f"{demo.application_url}/api/invitations/whatsapp/"
    body = {"phoneNumber": PERSON, "message": "Join me on Dott!", "senderName": "John Doe", "consent": True}
    print(f"\nPOST {url}\n{json.dumps(body, indent=2)}\n")
    answer = session.post(url, json=body, timeout=30)
    print(f"{answer.status_code} {answer.reason}\n{json.dumps(answer.json(), indent=2)}\n")
    if answer.status_code != 200:
        return False
    invitation = _watched(session, f"{demo.application_url}/api/invitations/{answer.json()['invitationId']}/")
    print("Timeline")
    for step in invitation["timeline"]:
        print(f"  {step['status']:<10} {step['at']}")
    return bool(invitation["status"] == "read")


def _watched(session: requests.Session, url: str) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while True:
        invitation: dict[str, Any] = session.get(url, timeout=30).json()
        if invitation["status"] in {"read", "failed"} or time.monotonic() > deadline:
            return invitation
        time.sleep(0.2)


def show(demo: Demo, *, once: bool) -> int:
    """Send an invitation, then serve until Ctrl-C or, with `once`, no longer; return the exit status."""
    was_read = send_and_watch(demo)
    if once or not was_read:
        return 0 if was_read else 1
    places = {
        "Invite a Business Owner": f"{demo.application_url}/dashboard/invite/",
        "  sign in as": f"{USERNAME} / {demo.password}",
        "The recipient's phone": f"{demo.sandbox_url}/",
        **demo.places,
    }
    lines = (f"{name:<23}  {place}" for name, place in places.items())
    print("", *lines, "\nCtrl-C stops everything.", sep="\n", flush=True)
    _serve_until_ctrl_c(demo.programs)
    return 0


def _serve_until_ctrl_c(programs: Programs) -> None:
    try:
        while True:
            time.sleep(1)
            for ended in programs.start_again():
                print(ended, flush=True)
    except KeyboardInterrupt:
        print()


def asked_for_once(command: str, description: str) -> bool:
    parser = argparse.ArgumentParser(prog=command, description=description)
    parser.add_argument("--once", action="store_true", help="stop after the invitation was read")
    # So that a plain kill, or a closed terminal, also stops what was started.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(143))
    return bool(parser.parse_args().once)


def main() -> int:
    once = asked_for_once("make demo", "One invitation, from the request to read.")
    with running() as demo:
        return show(demo, once=once)


if __name__ == "__main__":
    raise SystemExit(main())
