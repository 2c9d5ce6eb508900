"""JSON as it may come over the wire, made safe for every database. Pure.

PostgreSQL refuses U+0000, halves of surrogate pairs and NaN in text and JSON; one such character must not stop a batch.
"""

import json
import math
import re
from typing import Any

# What Python's parser takes and PostgreSQL does not, as it stands in the bytes.
_SUSPECT = re.compile(rb"\x00|\\u(?:0000|[dD][89a-fA-F])")


def load(body: bytes) -> Any:
    """Parse `body`; raise ValueError if it is not JSON."""
    try:
        value = json.loads(body, strict=False, parse_constant=_nothing, parse_float=_finite)
    except RecursionError as exc:
        raise ValueError("the JSON is nested too deeply") from exc
    return _cleaned(value) if _SUSPECT.search(body) else value


def _nothing(_constant: str) -> None:
    return None


def _finite(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned(item) for key, item in value.items()}
    return value
