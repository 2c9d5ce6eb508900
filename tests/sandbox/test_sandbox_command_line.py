"""`python -m sandbox` as a process, and the page of the docs about it."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sandbox.command_line import FLAGS, main
from sandbox.magic_numbers import MAGIC_NUMBERS, PREFIX
from tests.sandbox.client import post, text_to
from tests.sandbox.receiver import WebhookReceiver, eventually

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "sandbox.md"


@contextmanager
def process(*flags: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start the sandbox on a free port; give the process and its address."""
    command = [sys.executable, "-m", "sandbox", "--port", "0", *flags]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        line = started.stdout.readline()
        try:
            yield started, line.removeprefix("Sandbox listening on ").strip()
        finally:
            started.kill()


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
def test_process_says_where_it_listens_and_stops_cleanly(name: signal.Signals) -> None:
    with process() as (started, url):
        answered = post(url, text_to("+12025550100")).status_code
        started.send_signal(name)
        _, errors = started.communicate(timeout=5)

    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
    assert answered == 200
    assert started.returncode == 0
    assert errors == ""


def test_process_sends_signed_webhooks_and_reports_a_failed_handshake(receiver: WebhookReceiver) -> None:
    flags = ("--webhook", receiver.url, "--app-secret", "S", "--verify-token", "wrong", "--delay-ms", "0")

    with process(*flags) as (started, url):
        post(url, text_to("+12025550100"))
        eventually(lambda: receiver.statuses == ["sent", "delivered", "read"])
        eventually(lambda: receiver.handshakes)
        started.terminate()
        _, errors = started.communicate(timeout=5)

    assert receiver.received[0].is_signed_with("S")
    assert "Handshake failed: the webhook refused the handshake with 403" in errors


@pytest.mark.parametrize(
    ("flags", "problem"),
    [(["--webhook", "nonsense"], "webhook_url must begin with http"), (["--delay-ms", "-1"], "delay_ms must be")],
)
def test_wrong_flag_is_told_in_a_sentence(capsys: pytest.CaptureFixture[str], flags: list[str], problem: str) -> None:
    status = main(flags)

    assert status == 2
    assert problem in capsys.readouterr().err


@pytest.mark.parametrize("flag", [flag for flag, _, _ in FLAGS])
def test_docs_explain_every_flag(flag: str) -> None:
    assert f"`{flag}" in DOCS.read_text()


@pytest.mark.parametrize("digits", MAGIC_NUMBERS)
def test_docs_explain_every_magic_number(digits: str) -> None:
    assert f"| `{PREFIX}{digits}` | {MAGIC_NUMBERS[digits].summary} |" in DOCS.read_text()
