"""`make fuzz-api`: schemathesis against the running server, with the sandbox in Meta's place.

The server, its worker and a fresh database are those of the demo. What is made up comes from `/api/schema/`, and every
answer is held to it. `ARGS` go to `schemathesis run`: `make fuzz-api ARGS="--max-examples 500 --seed 7"`.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from pyfactor import demo
from pyfactor.programs import Program, Programs
from tests.api_things import api_things
from tests.fuzz.api_hooks import THINGS

CONFIG = Path(__file__).with_name("schemathesis.toml")
# More than any fuzzer asks for: limits have tests of their own.
_NO_LIMITS = {
    "INVITATION_RATE": "1000000/min",
    "MESSAGE_RATE": "1000000/min",
    "SIGN_IN_FAILURE_RATE": "1000000/min",
    "INVITATION_DAILY_QUOTA": "1000000",
    "WHATSAPP_MESSAGES_PER_SECOND": "1000",
    "INVITATION_COOLDOWN_HOURS": "0",
}


@contextmanager
def running() -> Iterator[tuple[str, str]]:
    """Run sandbox, server and worker; give the server's address, and a token that may do everything."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        folder = Path(name)
        url, sandbox_url = demo.address(0), demo.address(0)
        environment = demo.environment_of(
            sandbox_url, DATABASE_URL=f"sqlite:///{folder / 'fuzz.sqlite3'}", **_NO_LIMITS
        )
        _password, token = demo.sign_up()
        with Programs(folder, environment) as programs:
            programs.start(
                demo.sandbox(sandbox_url, url, environment),
                demo.application(url),
                Program("worker", ("django", "run_due_work", "--follow")),
            )
            yield url, token


def main() -> int:
    with running() as (url, token), requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {token}"
        made = api_things(lambda path, body: session.post(url + path, json=body, timeout=30))
        words = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run", f"{url}/api/schema/"]
        words += ["--header", f"Authorization: Bearer {token}", *sys.argv[1:]]
        return subprocess.run(words, env={**os.environ, THINGS: json.dumps(made)}, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
