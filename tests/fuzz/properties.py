"""What has to be true whatever comes in. Each raises for an input of which it is not, and returns nothing.

Only refusals that the doors document are caught; whatever else is raised is a fault.
"""

import io
import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.test import TestCase

from communications import phone_numbers
from communications.errors import InvalidPhoneNumber
from communications.models import (
    AccountEvent,
    Channel,
    ConsentRecord,
    Contact,
    ContactIdentity,
    IdentityConflict,
    InboundMedia,
    InboundMessage,
    Message,
    MessageStatus,
    MessageTemplate,
    ParkedStatus,
    WebhookEvent,
)
from communications.webhook_traces import Names, part
from communications.webhooks import processing, storage
from communications.webhooks.events import Account, Update, read_updates
from invitations.batches.creation import storable
from invitations.batches.given_lists import from_csv
from invitations.batches.list_rows import ListRefused, ListRow
from invitations.batches.number_cells import number_in
from invitations.spreadsheet_cells import harmless

OURS = Account(phone_number_id="676188225586230", business_account_id="1513500473389693")
# What a webhook may change, beside what is noted for counting.
_CHANGED = (
    AccountEvent, Channel, ConsentRecord, Contact, ContactIdentity, IdentityConflict, InboundMedia, InboundMessage,
    Message, MessageStatus, MessageTemplate, ParkedStatus,
)  # fmt: skip
PERSON = Names(["12025550100", "US.13491208655302741918"])

_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)


# A webhook


def webhook_can_be_read(body: bytes) -> None:
    """It is read, or no JSON; twice the same; all of it can be kept; and a person can be cut out of it."""
    first = _updates(body)
    if first != _updates(body):
        raise AssertionError("The same bytes were read as two things.")
    for update in first or []:
        json.dumps(_plain(update), allow_nan=False).encode()
    parted = part(body, PERSON)
    if parted.rest is not None:
        rest = part(parted.rest, PERSON)
        if rest.about or rest.rest is None:
            raise AssertionError("Something of the person was left.")


def webhook_can_be_applied(body: bytes) -> None:
    """It is kept byte for byte and processed without an error; once more changes nothing. Leaves no row behind."""
    with transaction.atomic(), _no_error_logged():
        with TestCase.captureOnCommitCallbacks(execute=True):
            first = _processed(body)
        rows = _rows()
        with TestCase.captureOnCommitCallbacks(execute=True):
            again = _processed(body)
        if (first.error, rows) != (again.error, _rows()):
            raise AssertionError("The same webhook changed something when it came again.")
        if (first.error == processing.UNREADABLE) != (_updates(body) is None):
            raise AssertionError(f"Read, and said to be unreadable, or the other way round: {first.error}")
        transaction.set_rollback(True)


def _updates(body: bytes) -> list[Update] | None:
    try:
        return read_updates(body, account=OURS)
    except ValueError:
        return None


def _plain(value: object) -> Any:
    """As JSON; what is neither JSON nor known is left to `json.dumps` to refuse."""
    fields = getattr(value, "__dataclass_fields__", None)
    if fields:
        return [_plain(getattr(value, name)) for name in fields]
    if isinstance(value, str):
        _require_text(value)
        return str(value)
    if isinstance(value, dict):
        return {_plain(key): _plain(held) for key, held in value.items()}
    if isinstance(value, list):
        return [_plain(held) for held in value]
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def _processed(body: bytes) -> WebhookEvent:
    event = storage.keep(body)
    processing.process(event)
    event.refresh_from_db()
    if bytes(event.body) != body:
        raise AssertionError("The bytes are not those that came.")
    if event.processed_at is None:
        raise AssertionError(event.error)
    return event


def _rows() -> dict[str, list[tuple[Any, ...]]]:
    return {model.__name__: sorted(model._default_manager.values_list(), key=repr) for model in _CHANGED}


@contextmanager
def _no_error_logged() -> Iterator[None]:
    """A receiver that fails is only told in the log. That Meta has shut the channel is no fault."""
    told: list[str] = []
    handler = logging.Handler(logging.ERROR)
    handler.addFilter(lambda record: record.name != "communications.channel")
    handler.emit = lambda record: told.append(record.getMessage())
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
    if told:
        raise AssertionError(told)


def _require_text(text: str) -> None:
    """Raise for what PostgreSQL does not keep: U+0000, and halves of surrogate pairs."""
    if "\x00" in text:
        raise AssertionError("A text with U+0000.")
    text.encode()


# A list


def csv_can_be_read(data: bytes) -> None:
    """It is refused, or gives rows, twice the same, in the order of the file; each can be kept, and told again."""
    rows = _rows_in(data)
    if rows != _rows_in(data):
        raise AssertionError("The same file was read as two lists.")
    if isinstance(rows, ListRefused):
        return
    numbers = [row.number for row in rows]
    if numbers != sorted(set(numbers)) or len(rows) > len(data):
        raise AssertionError(f"Rows out of order, or more than there are: {numbers}")
    for row in rows:
        row_can_be_kept(row)


def row_can_be_kept(row: ListRow) -> None:
    kept = storable(row)
    for cell in filter(None, map(str, kept)):
        _require_text(cell)
        if harmless(cell)[0] in "=+-@\t\r\n":
            raise AssertionError(f"A spreadsheet would run this: {harmless(cell)!r}")
    _same_twice(lambda: number_in(kept.phone, country="US"))


def _rows_in(data: bytes) -> list[ListRow] | ListRefused:
    file = io.BytesIO(data)
    try:
        given = from_csv(file, len(data))
        return list(given.rows())
    except ListRefused as refusal:
        return _Refused(refusal.detail)


class _Refused(ListRefused):
    """Two refusals in the same words are the same."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Refused) and str(self.detail) == str(other.detail)

    __hash__ = ListRefused.__hash__


# A phone number


def bytes_of_a_number_can_be_read(data: bytes) -> None:
    """`number_can_be_read`, where what is no UTF-8 stands for halves of surrogate pairs."""
    number_can_be_read(data.decode("utf-8", "surrogateescape"))


def number_can_be_read(text: str) -> None:
    """It is a number that is read the same again, as people write it too, or it is refused in words."""
    for country in ("", "US", "BR", "IT"):
        number = _same_twice(lambda country=country: phone_numbers.parse(text, country=country))
        if number is None:
            continue
        if not _E164.fullmatch(number.e164):
            raise AssertionError(f"No E.164: {number.e164!r}")
        if number not in (phone_numbers.parse(number.e164), phone_numbers.parse(number.international)):
            raise AssertionError(f"Another number when it is read again: {number}")
        if phone_numbers.country_of(number.e164) != number.country:
            raise AssertionError(f"{number} is said to be of {phone_numbers.country_of(number.e164)!r}")
    phone_numbers.country_of(text)
    _same_twice(lambda: number_in(text, country="MX"))
    if sum(char.isdigit() for char in phone_numbers.mask(text)) > 4:
        raise AssertionError(f"The mask shows {phone_numbers.mask(text)!r}")


def _same_twice(read: Any) -> phone_numbers.PhoneNumber | None:
    found = [_number_or_reason(read) for _time in range(2)]
    if found[0] != found[1]:
        raise AssertionError(f"The same text was read as {found[0]} and as {found[1]}.")
    return found[0] if isinstance(found[0], phone_numbers.PhoneNumber) else None


def _number_or_reason(read: Any) -> phone_numbers.PhoneNumber | str:
    try:
        number: phone_numbers.PhoneNumber = read()
    except InvalidPhoneNumber as refusal:
        if not refusal.detail:
            raise AssertionError("Refused without a word.") from refusal
        return f"{refusal.reason} {refusal.detail}"
    return number
