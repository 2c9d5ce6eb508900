"""The values of a template as a request gives them: a text as it is, or an amount, a day or a time.

The latter are written as people write them in the recipient's country, as `communications/notifications.py` does.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from functools import partial
from typing import Any

from communications import languages
from communications.errors import InvalidMessage

# Of the language and the country, in that order.
Writer = Callable[[str, str], str]

_FORMS = (
    'Give this as text in quotes, or as {"value": "12.50", "currency": "USD"}, {"date": "2027-03-03"} or '
    '{"time": "10:30"}.'
)
_AMOUNT = re.compile(r"-?\d{1,15}(\.\d{1,6})?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_CLOCK = re.compile(r"\d\d:\d\d(:\d\d)?", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\S+", re.ASCII)


def writer_of(value: object) -> Writer:
    """Return what writes `value` in a language for a country; raise `InvalidMessage` if it has none of the forms."""
    if isinstance(value, str):
        return lambda _language, _country: value
    if isinstance(value, Mapping) and all(isinstance(part, str) for part in value.values()):
        read = _READERS.get(frozenset(value))
        if read:
            return read(value)
    raise InvalidMessage(_FORMS)


def _money(given: Mapping[str, Any]) -> Writer:
    decimals = languages.decimals_of(given["currency"])
    if decimals is None:
        raise InvalidMessage("Give the currency by its three letters of ISO 4217, for example USD.")
    if not _AMOUNT.fullmatch(given["value"]):
        raise InvalidMessage("Give the amount in digits, with a point before the decimals: 1250.50.")
    amount = Decimal(given["value"])
    if amount != round(amount, decimals):
        raise InvalidMessage(f"{given['currency']} has {decimals or 'no'} decimals: give the amount with no more.")
    return partial(languages.money, amount, given["currency"])


def _day(given: Mapping[str, Any]) -> Writer:
    example = "Give the day as 2027-03-03, or as a moment: 2027-03-03T10:30-07:00."
    forms = {_DAY: date.fromisoformat, _MOMENT: datetime.fromisoformat}
    return partial(languages.day, _read(given["date"], forms, example))


def _clock(given: Mapping[str, Any]) -> Writer:
    example = "Give the time as 10:30, or as a moment: 2027-03-03T10:30-07:00."
    forms = {_CLOCK: time.fromisoformat, _MOMENT: datetime.fromisoformat}
    return partial(languages.clock, _read(given["time"], forms, example))


def _read(text: str, forms: Mapping[re.Pattern[str], Callable[[str], Any]], example: str) -> Any:
    try:
        return next(read(text) for form, read in forms.items() if form.fullmatch(text))
    except (StopIteration, ValueError) as exc:
        raise InvalidMessage(example) from exc


_READERS: dict[frozenset[str], Callable[[Mapping[str, Any]], Writer]] = {
    frozenset({"value", "currency"}): _money,
    frozenset({"date"}): _day,
    frozenset({"time"}): _clock,
}
