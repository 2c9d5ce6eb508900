"""The live check: left out unless it is asked for by name, and right when it is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CHECK = "tests/live/test_hello_world.py"


def run(*arguments, **environment):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WHATSAPP_", "DATABASE_URL"))}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", CHECK, *arguments]
    return subprocess.run(command, cwd=ROOT, env=kept | environment, capture_output=True, text=True, timeout=60).stdout


def account_of(sandbox):
    return {
        "WHATSAPP_TEST_ACCESS_TOKEN": "sandbox-token",
        "WHATSAPP_TEST_PHONE_NUMBER_ID": "676188225586230",
        "WHATSAPP_TEST_RECIPIENT": "+12025550100",
        "WHATSAPP_GRAPH_API_URL": sandbox.url,
    }


@pytest.mark.parametrize("arguments", [(), ("-m", "not browser", "--no-skips")])
def test_no_other_run_contacts_meta(sandbox, arguments):
    said = run(*arguments, **account_of(sandbox))

    assert "1 deselected" in said
    assert sandbox.messages() == []


def test_run_that_asks_for_it_sends_one_template(sandbox):
    said = run("-m", "live", **account_of(sandbox))

    assert "1 passed" in said
    assert [message["type"] for message in sandbox.messages()] == ["template"]


def test_without_an_account_it_is_skipped_and_names_what_is_missing():
    assert "WHATSAPP_TEST_ACCESS_TOKEN" in run("-m", "live", "-rs")
