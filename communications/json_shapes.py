"""JSON of others, read without believing its shape. Pure."""

from typing import Any

from communications.message_text import readable


def objects_in(holder: object, key: str) -> list[dict[str, Any]]:
    """The objects of the list under `key`; none where there is no such list."""
    items = holder.get(key) if isinstance(holder, dict) else None
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def text_of(value: object) -> str:
    """A text without what is none; empty for anything else."""
    return readable(value) if isinstance(value, str) else ""


def word_of(value: object, limit: int | None) -> str:
    """A text or a number, cut to fit its column; empty for anything else."""
    return str(value)[:limit] if isinstance(value, str | int) else ""
