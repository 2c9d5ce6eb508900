"""`make stack`: one invitation through every process of production."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.postgres
@pytest.mark.redis
def test_stack_sends_an_invitation_that_is_read_and_stops():
    result = subprocess.run(
        [sys.executable, "-m", "pyfactor.stack", "--once"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=240,
    )

    assert result.returncode == 0, result.stdout + result.stderr
    timeline = result.stdout.split("Timeline\n")[1].splitlines()
    steps = [line.split()[0] for line in timeline if line.startswith("  ")]
    assert steps == ["accepted", "sent", "delivered", "read"]
    names = {line.split(" ")[0] for line in result.stdout.splitlines() if " | " in line}
    assert names >= {"sandbox", "web", "ingest", "worker", "sender"}
