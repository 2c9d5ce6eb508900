"""JSON as it may come over the wire, and as every database can keep it. Pure.

PostgreSQL refuses U+0000, halves of surrogate pairs and infinite numbers; one such thing must not stop a batch.
"""

import json
import math
from typing import Any

from communications.message_text import readable

# Meta's own objects are a handful of levels deep.
_DEEPEST = 20


def load(body: bytes) -> Any:
    """Parse `body`; raise ValueError if it is not JSON that can be read."""
    try:
        return json.loads(body, strict=False, parse_constant=lambda _name: None)
    except RecursionError as exc:
        raise ValueError("The body is nested too deeply to be read.") from exc


def storable(value: Any, depth: int = 0) -> Any:
    """Leave out what a database's JSON cannot keep: what is no text, infinite numbers, an abyss."""
    if isinstance(value, str):
        return readable(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict | list) and depth == _DEEPEST:
        return None
    if isinstance(value, dict):
        return {readable(key): storable(held, depth + 1) for key, held in value.items()}
    if isinstance(value, list):
        return [storable(held, depth + 1) for held in value]
    return value
