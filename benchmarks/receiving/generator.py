"""wrk, told to post pre-signed bodies; it takes a small part of the machine, and every answer is counted."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

# For the answers to what was posted last.
DRAIN_SECONDS = 2


@dataclass(frozen=True)
class Round:
    """What came of one round. `put_off` was answered 503; `broken` has no answer at all."""

    seconds: float
    acknowledged: int
    put_off: int
    refused: int
    broken: int
    p50_ms: float
    p99_ms: float
    max_ms: float

    @property
    def per_second(self) -> float:
        return self.acknowledged / self.seconds


def require_wrk() -> None:
    """Raise SystemExit with what to do if wrk is absent."""
    if not shutil.which("wrk"):
        raise SystemExit("wrk is absent. Install it with: apt-get install wrk (Debian), brew install wrk (macOS).")


def post(url: str, bodies: Path, *, seconds: float, rate: float = 0, connections: int, skip: int = 0) -> Round:
    """Post lines of `bodies`, after the first `skip`, as fast as answers come or at `rate` a second."""
    script = Path(__file__).with_name("rotate.lua")
    command = ("wrk", "-t1", f"-c{connections}", f"-d{seconds + DRAIN_SECONDS:.0f}s", "--timeout", "10s", "-s", script)
    output = subprocess.run(
        [*command, url, "--", bodies, str(seconds), str(rate), str(skip)], capture_output=True, text=True, check=True
    ).stdout
    return Round(seconds=seconds, **json.loads(output.splitlines()[-1]))
