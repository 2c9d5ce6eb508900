"""Of all that atheris found, what the suite should try again: the smallest inputs that reach all the code reached.

python -m tests.fuzz.keep       # after `make fuzz`; writes into tests/fuzz/corpus
"""

import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import django

ROOT = Path(__file__).parents[2]
FOUND = ROOT / "var" / "fuzz"
CORPUS = Path(__file__).parent / "corpus"
OURS = tuple(str(ROOT / app) for app in ("communications", "invitations"))

Step = tuple[str, int, int]


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pyfactor.settings")
    django.setup()
    from tests.fuzz import properties

    targets: dict[str, Callable[[bytes], None]] = {
        "webhook": properties.webhook_can_be_read,
        "csv": properties.csv_can_be_read,
        "phone_number": properties.bytes_of_a_number_can_be_read,
    }
    for name, target in targets.items():
        (CORPUS / name).mkdir(parents=True, exist_ok=True)
        found = [path.read_bytes() for folder in (CORPUS, FOUND) for path in sorted((folder / name).glob("*"))]
        known: set[Step] = set()
        for path in (CORPUS / name).iterdir():
            path.unlink()
        for data in sorted(set(found), key=lambda data: (len(data), data)):
            reached = _reached(target, data)
            if not reached <= known:
                known |= reached
                (CORPUS / name / hashlib.sha256(data).hexdigest()[:12]).write_bytes(data)
    return 0


def _reached(target: Callable[[bytes], None], data: bytes) -> set[Step]:
    """From which line to which one of ours it went."""
    steps: set[Step] = set()
    last: dict[FrameType, int] = {}

    def trace(frame: FrameType, event: str, _more: Any) -> Any:
        if not frame.f_code.co_filename.startswith(OURS):
            return None
        if event == "line":
            steps.add((frame.f_code.co_filename, last.get(frame, 0), frame.f_lineno))
            last[frame] = frame.f_lineno
        return trace

    sys.settrace(trace)
    try:
        target(data)
    finally:
        sys.settrace(None)
    return steps


if __name__ == "__main__":
    raise SystemExit(main())
