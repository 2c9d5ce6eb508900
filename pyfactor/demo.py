"""`make demo`: one real invitation through the REST API, from the request to "read", on this machine alone.

Starts the sandbox in Meta's place and the application behind granian, each on a port of its own and with a fresh
database; sends, prints what was asked, answered and reported; then keeps serving.
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
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from pyfactor import local

PERSON = "+12025550100"
USERNAME = "demo"


@dataclass(frozen=True)
class Demo:
    application_url: str
    sandbox_url: str
    password: str
    token: str


@contextmanager
def running() -> Iterator[Demo]:
    """Run sandbox and application until left."""
    with tempfile.TemporaryDirectory(prefix="demo-") as folder, ExitStack() as stack:
        application_port, sandbox_port = local.free_port(8000), local.free_port(9000)
        demo_urls = f"http://127.0.0.1:{application_port}", f"http://127.0.0.1:{sandbox_port}"
        environment = _environment(Path(folder), sandbox_url=demo_urls[1])
        os.environ.update(environment)
        password, token = _sign_up()
        for name, url, arguments in (
            ("sandbox", demo_urls[1], _sandbox_arguments(sandbox_port, demo_urls[0], environment)),
            ("application", demo_urls[0], _application_arguments(application_port)),
            ("worker", "", ["django", "run_due_work", "--follow"]),
        ):
            log = Path(folder) / f"{name}.log"
            process = stack.enter_context(local.process(*arguments, environment=environment, log=log))
            if url:
                local.wait_until_it_answers(url, process, log)
        yield Demo(*demo_urls, password, token)


def _environment(folder: Path, *, sandbox_url: str) -> dict[str, str]:
    """Everything that the developer's own environment, or a file `.env`, could say otherwise."""
    settings = (Path(__file__).parent / "settings.py").read_text()
    # Set and empty counts as not set, and is not read from `.env` either.
    blank = dict.fromkeys(["RENDER", *re.findall(r'from_env\(\s*"(\w+)"', settings)], "")
    return {
        **blank,
        # Everything runs on this machine: no proxy stands between.
        **dict.fromkeys(["NO_PROXY", "no_proxy"], "127.0.0.1,localhost"),
        "DJANGO_SETTINGS_MODULE": "pyfactor.settings",
        "DEBUG": "1",
        "DATABASE_URL": f"sqlite:///{folder / 'demo.sqlite3'}",
        "WHATSAPP_ACCESS_TOKEN": secrets.token_hex(16),
        "WHATSAPP_APP_SECRET": secrets.token_hex(16),
        "WHATSAPP_WEBHOOK_VERIFY_TOKEN": secrets.token_hex(16),
        "WHATSAPP_GRAPH_API_URL": sandbox_url,
    }


def _sandbox_arguments(port: int, application_url: str, environment: dict[str, str]) -> list[str]:
    return [
        "sandbox", "--port", str(port), "--webhook", f"{application_url}/api/webhooks/whatsapp/",
        "--access-token", environment["WHATSAPP_ACCESS_TOKEN"],
        "--app-secret", environment["WHATSAPP_APP_SECRET"],
        "--delay-ms", "400",
    ]  # fmt: skip


def _application_arguments(port: int) -> list[str]:
    return [
        "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
        # Each thread keeps a database connection of its own.
        "--blocking-threads", "8",
        "pyfactor.wsgi:application",
    ]  # fmt: skip


def _sign_up() -> tuple[str, str]:
    """Make the database, a user and a token; return the password and the token."""
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
    """Send one invitation, print the exchange, and say whether it was read within half a minute."""
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
    deadline = time.monotonic() + 30
    while True:
        invitation: dict[str, Any] = session.get(url, timeout=30).json()
        if invitation["status"] in {"read", "failed"} or time.monotonic() > deadline:
            return invitation
        time.sleep(0.2)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make demo", description="One invitation, from the request to read.")
    parser.add_argument("--once", action="store_true", help="stop after the invitation was read")
    options = parser.parse_args()
    # So that a plain kill also stops what was started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with running() as demo:
        was_read = send_and_watch(demo)
        if options.once or not was_read:
            return 0 if was_read else 1
        print(
            f"\nInvite a Business Owner  {demo.application_url}/dashboard/invite/"
            f"\n  sign in as             {USERNAME} / {demo.password}"
            f"\nThe recipient's phone    {demo.sandbox_url}/"
            "\n\nCtrl-C stops both.",
            flush=True,
        )
        _wait_for_ctrl_c()
    return 0


def _wait_for_ctrl_c() -> None:
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    raise SystemExit(main())
