"""What schemathesis is told beside the description: whom it may write to, and which things there are."""

import atexit
import itertools
import json
import os
import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import schemathesis
from hypothesis import strategies as st

from sandbox.magic_numbers import MAGIC_NUMBERS, PREFIX, Answer
from tests.described import close_answers

# The addresses of things that there are, by the beginning of the path: {"/api/messages/": "01a2…"}
THINGS = "FUZZ_THINGS"

# Neither those who keep a caller waiting nor those who stop the whole channel.
_SLOW_OR_FATAL = {"0129", "0156", "0142", "0143", "0190"} | {
    digits for digits, behaviour in MAGIC_NUMBERS.items() if behaviour.answer == Answer.NEVER
}
_ORDINARY = [f"{digits:04}" for digits in range(200, 1000)]
_NUMBERS = [PREFIX + digits for digits in [*MAGIC_NUMBERS, *_ORDINARY] if digits not in _SLOW_OR_FATAL]

_moments = st.integers(-60, 40 * 24 * 60).map(lambda minutes: datetime.now(UTC) + timedelta(minutes=minutes))
_keys = itertools.count()

schemathesis.openapi.format("phone-number", st.sampled_from(_NUMBERS))
schemathesis.openapi.format("date-time", _moments.map(datetime.isoformat))


@schemathesis.hook
def before_load_schema(context: Any, raw_schema: dict[str, Any]) -> None:
    """Let no answer have a field that is not described; of a list's rows, any is taken and gets its verdict."""
    close_answers(raw_schema)
    raw_schema["components"]["schemas"]["ListRow"] = {}


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """Ask for something that there is wherever a right ID was made up."""
    things: dict[str, str] = json.loads(os.environ.get(THINGS, "{}"))
    if not path_parameters or not _is_id(path_parameters.get("id")):
        return path_parameters
    path = context.operation.path
    fitting = [thing for beginning, thing in things.items() if path.startswith(beginning)]
    return {**path_parameters, "id": fitting[0]} if fitting else path_parameters


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Give most requests a key of their own: a key that is used again asks little of the server."""
    number, key = next(_keys), str((case.headers or {}).get("Idempotency-Key", ""))
    if number % 8 and 0 < len(key) < 200:
        case.headers["Idempotency-Key"] = f"{key}{number}"


def _is_id(value: object) -> bool:
    try:
        uuid.UUID(str(value))
    except ValueError:
        return False
    return True


_ANSWERS: Counter[tuple[str, int]] = Counter()


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    _ANSWERS[case.operation.label, response.status_code] += 1


@atexit.register
def _tell_answers() -> None:
    """Show how far the made-up requests got: a fuzzer that is always refused finds nothing."""
    labels = sorted({label for label, _status in _ANSWERS})
    for label in labels if THINGS in os.environ else ():
        statuses = sorted((status, count) for (said, status), count in _ANSWERS.items() if said == label)
        print(f"{label:<50}", *(f"{status}:{count}" for status, count in statuses))  # noqa: T201
