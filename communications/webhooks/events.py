"""A webhook's bytes to typed updates. Pure; one item that cannot be read never hides its neighbours.

Unknown fields, types and statuses are normal at Meta: they stay in the stored body and are passed over here. Only what
is about our own number or account is read at all. Shapes: Meta's webhook reference for the Cloud API.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from communications.contacts import Person
from communications.graph.protocol import WAMID_LIMIT, read_code
from communications.json_shapes import objects_in, text_of
from communications.models import Status
from communications.statuses import StatusUpdate
from communications.webhooks.json_body import load, storable

_STATUSES = {
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.READ,
    "played": Status.READ,
    "failed": Status.FAILED,
}
# As long as the columns that keep them.
_USER_ID_LIMIT = 150
_WA_ID_LIMIT = 19  # and a plus sign, where we write to it
_NAME_LIMIT = 200


@dataclass(frozen=True)
class Account:
    """Whose updates are ours."""

    phone_number_id: str
    business_account_id: str


@dataclass(frozen=True)
class Arrival:
    """Somebody wrote to us. `context_wamid` is the message they answer."""

    wamid: str
    at: datetime
    kind: str
    person: Person
    context_wamid: str
    content: dict[str, Any]


@dataclass(frozen=True)
class Call:
    """Somebody called us, which opens the 24-hour window as a message does."""

    at: datetime
    person: Person


@dataclass(frozen=True)
class Preference:
    """Somebody changed in WhatsApp whether they want our marketing: `value` is stop or resume."""

    at: datetime
    person: Person
    value: str
    evidence: str


@dataclass(frozen=True)
class AccountUpdate:
    """Something about our account, number or templates."""

    at: datetime
    field: str
    value: dict[str, Any]


@dataclass(frozen=True)
class OurNumber:
    """How Meta writes our own number, which news about numbers of the account goes by."""

    digits: str


Update = StatusUpdate | Arrival | Call | Preference | AccountUpdate | OurNumber

_ACCOUNT_FIELDS = {
    "message_template_status_update",
    "message_template_quality_update",
    "template_category_update",
    "phone_number_quality_update",
    "phone_number_name_update",
    "business_capability_update",
    "account_update",
    "account_alerts",
    "account_review_update",
    "security",
}


def read_updates(body: bytes, *, account: Account) -> list[Update]:
    """Read every update of every entry that is about our account. Raises ValueError if the body is not JSON."""
    return list(_updates(load(body), account))


def _updates(shell: object, account: Account) -> Iterator[Update]:
    for entry in objects_in(shell, "entry"):
        for change in objects_in(entry, "changes"):
            value, about = _object(change.get("value")), _text(change.get("field"))
            entry_at = _time(entry.get("time"))
            if about in _ACCOUNT_FIELDS and entry.get("id") == account.business_account_id:
                yield AccountUpdate(entry_at or _EPOCH, about, storable(value))
            elif _object(value.get("metadata")).get("phone_number_id") == account.phone_number_id:
                yield from _about_our_number(about, value, entry_at)


def _about_our_number(about: str, value: dict[str, Any], entry_at: datetime | None) -> Iterator[Update]:
    people = _people(value)
    if digits := _display_number(value):
        yield OurNumber(digits)
    if about == "messages":
        yield from _read(value, "statuses", lambda item: _status(item, people))
        yield from _read(value, "messages", lambda item: _arrival(item, people))
        yield from _read(value, "errors", lambda item: AccountUpdate(entry_at or _EPOCH, "errors", storable(item)))
    elif about == "calls":
        yield from _read(value, "calls", lambda item: _call(item, people))
    elif about == "user_preferences":
        yield from _read(value, "user_preferences", lambda item: _preference(item, people))


def _display_number(value: dict[str, Any]) -> str:
    written = _text(_object(value.get("metadata")).get("display_phone_number"))
    return "".join(char for char in written if char.isascii() and char.isdigit())[:_WA_ID_LIMIT]


def _read(value: dict[str, Any], key: str, read: Any) -> Iterator[Update]:
    yield from (update for item in objects_in(value, key) if (update := read(item)) is not None)


def _status(item: dict[str, Any], people: dict[str, Person]) -> StatusUpdate | None:
    status, at = _STATUSES.get(_text(item.get("status"))), _time(item.get("timestamp"))
    wamid, message_id = _text(item.get("id"), WAMID_LIMIT), _uuid(item.get("biz_opaque_callback_data"))
    if status is None or at is None or not (wamid or message_id):
        return None
    errors = objects_in(item, "errors")
    return StatusUpdate(
        wamid=wamid,
        message_id=message_id,
        status=status,
        at=at,
        person=_person(item, "recipient_id", "recipient_user_id", "recipient_parent_user_id", people),
        meta_code=read_code(errors[0]) if errors else None,
        details=storable({key: kept for key, kept in (("pricing", item.get("pricing")), ("errors", errors)) if kept}),
    )


def _arrival(item: dict[str, Any], people: dict[str, Person]) -> Arrival | None:
    at, wamid = _time(item.get("timestamp")), _text(item.get("id"), WAMID_LIMIT)
    person = _person(item, "from", "from_user_id", "from_parent_user_id", people)
    if at is None or not wamid or not person:
        return None
    return Arrival(
        wamid=wamid,
        at=at,
        kind=_text(item.get("type"), 30) or "unknown",
        person=person,
        context_wamid=_text(_object(item.get("context")).get("id"), WAMID_LIMIT),
        content=storable(item),
    )


def _call(item: dict[str, Any], people: dict[str, Person]) -> Call | None:
    at, person = _time(item.get("timestamp")), _person(item, "from", "from_user_id", "from_parent_user_id", people)
    if at is None or not person or item.get("direction") == "BUSINESS_INITIATED":
        return None
    return Call(at, person)


def _preference(item: dict[str, Any], people: dict[str, Person]) -> Preference | None:
    at, person = _time(item.get("timestamp")), _person(item, "wa_id", "user_id", "parent_user_id", people)
    value = _text(item.get("value"))
    if at is None or not person or value not in {"stop", "resume"}:
        return None
    if item.get("category", "marketing_messages") != "marketing_messages":
        return None
    return Preference(at, person, value, f"preference:{person.user_id or person.wa_id}:{int(at.timestamp())}")


def _people(value: dict[str, Any]) -> dict[str, Person]:
    """The `contacts` beside the items, by each of their names."""
    people: dict[str, Person] = {}
    for item in objects_in(value, "contacts"):
        person = Person(
            wa_id=read_wa_id(item.get("wa_id")),
            user_id=read_user_id(item.get("user_id")),
            parent_user_id=read_user_id(item.get("parent_user_id")),
            profile_name=_text(_object(item.get("profile")).get("name"))[:_NAME_LIMIT],
        )
        people |= dict.fromkeys(filter(None, (person.wa_id, person.user_id)), person)
    return people


def _person(item: dict[str, Any], wa_id: str, user_id: str, parent: str, people: dict[str, Person]) -> Person:
    """Put together what the item and the contact beside it say."""
    own = Person(read_wa_id(item.get(wa_id)), read_user_id(item.get(user_id)), read_user_id(item.get(parent)))
    beside = people.get(own.user_id) or people.get(own.wa_id) or Person()
    return Person(
        own.wa_id or beside.wa_id,
        own.user_id or beside.user_id,
        own.parent_user_id or beside.parent_user_id,
        beside.profile_name,
    )


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object, limit: int | None = None) -> str:
    """A text that fits its column; one that does not is no identifier of Meta's."""
    text = text_of(value)
    return text if limit is None or len(text) <= limit else ""


def read_user_id(value: object) -> str:
    """A user ID as its column can keep it; empty where it is none."""
    return _text(value, _USER_ID_LIMIT)


def read_wa_id(value: object) -> str:
    """A WhatsApp ID, which is digits only; empty where it is none."""
    text = _text(value, _WA_ID_LIMIT)
    return text if text.isascii() and text.isdigit() else ""


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The year 2242. What lies near the end of the calendar cannot be counted on from.
_LATEST = 2**33


def _time(value: object) -> datetime | None:
    """Unix seconds, as text in messages and as a number in entries; None for what is no time of WhatsApp's."""
    try:
        seconds = int(value) if isinstance(value, str | int) else -1
    except ValueError:
        return None
    return datetime.fromtimestamp(seconds, UTC) if 0 <= seconds < _LATEST else None


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(_text(value))
    except ValueError:
        return None
