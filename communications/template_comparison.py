"""What Meta has of a template, beside what its definition says: the differences in words, and what to do. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from communications.json_shapes import text_of

# Meta's rules for approved templates.
_BETWEEN_EDITS = timedelta(hours=24)
_EDITS_COUNTED = timedelta(days=30)
_MOST_EDITS = 10
_EDITABLE = {"APPROVED", "REJECTED", "PAUSED"}

_STATES = {
    "PENDING": "Meta is reviewing it.",
    "IN_APPEAL": "Meta is looking at an appeal.",
    "PAUSED": "Meta has paused it, because people block or report it. It comes back by itself, or with better words.",
    "FLAGGED": "Meta has flagged it: people block or report it, and it may be paused.",
    "DISABLED": "Meta has disabled it for good. Write a template with another name and other words.",
    "ARCHIVED": "Meta has archived it, because it was not used for long, and deletes it after 28 days. Take it back in "
    "WhatsApp Manager.",
    "LIMIT_EXCEEDED": "The account has as many templates as Meta allows. Delete some in WhatsApp Manager.",
}


@dataclass(frozen=True)
class TemplateAtMeta:
    """A template in one language as the Graph API lists it; texts that Meta left out are empty."""

    id: str
    name: str
    language: str
    status: str = ""
    category: str = ""
    previous_category: str = ""
    parameter_format: str = ""
    reason: str = ""
    quality: str = ""
    components: Sequence[Any] = ()

    @property
    def key(self) -> tuple[str, str]:
        return self.name, self.language


class Move(Enum):
    """What to do about a template."""

    NOTHING = "nothing"
    CREATE = "create"
    EDIT = "edit"


@dataclass(frozen=True)
class Plan:
    """What to do about a template, what to send for it, and the sentences that tell a person why."""

    move: Move
    sentences: tuple[str, ...]
    request: Mapping[str, Any]


def read_template(item: object) -> TemplateAtMeta | None:
    """Read one entry of Meta's list; None where it names no template."""
    if not isinstance(item, dict):
        return None
    quality = item.get("quality_score")
    texts = {
        field: text_of(item.get(field))
        for field in ("id", "name", "language", "status", "category", "previous_category", "parameter_format")
    }
    if not texts["id"] or not texts["name"] or not texts["language"]:
        return None
    components = item.get("components")
    return TemplateAtMeta(
        **texts,
        reason="" if item.get("rejected_reason") == "NONE" else text_of(item.get("rejected_reason")),
        quality=text_of(quality.get("score")) if isinstance(quality, dict) else "",
        components=_readable(components) if isinstance(components, list) else (),
    )


def compare(
    wanted: Mapping[str, Any], there: TemplateAtMeta | None, *, edits: Sequence[datetime], now: datetime
) -> Plan:
    """Plan how Meta comes to have what the creation request `wanted` says; `edits` are ours of the past."""
    if there is None:
        return Plan(Move.CREATE, ("It is not at Meta.",), wanted)
    said = [*state_in_words(there), *_category(wanted["category"], there)]
    if there.parameter_format == "NAMED":
        return Plan(Move.NOTHING, (*said, "Its variables have names at Meta and numbers here: rename it here."), {})
    different = differences(wanted["components"], there.components)
    if not different:
        return Plan(Move.NOTHING, tuple(said or ["It is at Meta as it is written here."]), {})
    if hindrance := _hindrance(there, edits, now):
        return Plan(Move.NOTHING, (*said, *different, hindrance), {})
    return Plan(Move.EDIT, (*said, *different), _edit(wanted, there))


def differences(here: Sequence[Any], there: Sequence[Any]) -> list[str]:
    """Say in words where two lists of components differ in what a person reads. Examples do not count.

    >>> differences([{"type": "BODY", "text": "Hi!"}], [{"type": "BODY", "text": "Hello!"}])
    ['Its body is “Hello!” at Meta and “Hi!” here.']
    """
    ours, theirs = _parts(here), _parts(there)
    return [
        f"Its {part} is {_quoted(theirs.get(part))} at Meta and {_quoted(ours.get(part))} here."
        for part in dict.fromkeys([*ours, *theirs])
        if ours.get(part) != theirs.get(part)
    ]


def state_in_words(there: TemplateAtMeta) -> list[str]:
    """Say what Meta thinks of a template; nothing where it is approved."""
    if there.status == "REJECTED":
        reason = f": {there.reason}" if there.reason else ""
        return [f"Meta has rejected it{reason}. Change its words in communications/message_templates.py."]
    if there.status in {"APPROVED", ""}:
        return []
    return [_STATES.get(there.status, f"Meta says {there.status} of it.")]


def _parts(components: Sequence[Any]) -> dict[str, str]:
    parts: dict[str, str] = {}
    for component in components:
        if not isinstance(component, dict):
            continue
        kind = str(component.get("type", "")).lower()
        if kind == "buttons":
            parts |= _buttons(component.get("buttons"))
        else:
            parts[kind] = str(component.get("text") or component.get("format") or "")
    return parts


def _buttons(buttons: object) -> dict[str, str]:
    listed = [button for button in buttons if isinstance(button, dict)] if isinstance(buttons, list) else []
    return {
        f"button {number}": " ".join(
            str(button[name]) for name in ("type", "text", "url", "phone_number") if button.get(name)
        )
        for number, button in enumerate(listed, start=1)
    }


def _category(wanted: str, there: TemplateAtMeta) -> list[str]:
    if there.category in {"", wanted}:
        return []
    if there.previous_category == wanted:
        moved = f"Meta has moved it from {wanted} to {there.category}, and charges and limits it as that."
        return [f"{moved} Appeal in WhatsApp Manager, or change its category here."]
    if there.status != "APPROVED":
        return [f"It is {there.category} at Meta and {wanted} here."]
    differ = f"It is {there.category} at Meta and {wanted} here, and an approved template keeps its category."
    return [f"{differ} Correct it here, or give it another name."]


def _hindrance(there: TemplateAtMeta, edits: Sequence[datetime], now: datetime) -> str:
    """Why Meta would not take an edit now; empty if it would."""
    if there.status not in _EDITABLE:
        return "It cannot be edited in this state."
    if there.status != "APPROVED":
        return ""
    recent = sorted(edit for edit in edits if edit > now - _EDITS_COUNTED)
    if recent and recent[-1] > now - _BETWEEN_EDITS:
        return f"Meta takes one edit in 24 hours: run this again after {_minute(recent[-1] + _BETWEEN_EDITS)}."
    if len(recent) >= _MOST_EDITS:
        again = recent[-_MOST_EDITS] + _EDITS_COUNTED
        return f"Meta takes {_MOST_EDITS} edits in 30 days: run this again after {_minute(again)}."
    return ""


def _edit(wanted: Mapping[str, Any], there: TemplateAtMeta) -> dict[str, Any]:
    kept = there.status == "APPROVED" or there.category == wanted["category"]
    category = {} if kept or there.previous_category == wanted["category"] else {"category": wanted["category"]}
    return {**category, "components": wanted["components"]}


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _quoted(text: str | None) -> str:
    return "not there" if text is None else "“{}”".format(text.replace("\n", "⏎"))


def _readable(value: Any) -> Any:
    """The same JSON without what no database can keep."""
    if isinstance(value, dict):
        return {text_of(name): _readable(held) for name, held in value.items()}
    if isinstance(value, list):
        return [_readable(held) for held in value]
    return text_of(value) if isinstance(value, str) else value
