"""The phone number in a cell of a spreadsheet: what programs do to numbers is undone, or explained. Pure."""

import re

from communications.errors import InvalidPhoneNumber
from communications.phone_numbers import PhoneNumber, parse

_AROUND = re.compile(
    r"""\s*(?:=\s*"(?P<formula>[^"]*)"|'(?P<text>.*)|(?:tel|whatsapp|wa):(?P<scheme>.*))\s*""", re.IGNORECASE
)
# What is longer is no number, however it is written; the patterns would take time by the square of it.
_LONGEST = 100
_SHORTENED = re.compile(r"\+?(?P<first>\d)(?:[.,](?P<rest>\d*))?E\+?(?P<exponent>\d{1,2})", re.IGNORECASE)
_WHOLE = re.compile(r"(\+?\d{6,})[.,]0+")


def number_in(cell: str, *, country: str = "") -> PhoneNumber:
    """Read a cell; a number without its + is taken for one of `country` (ISO 3166), if that is given.

    Raises `InvalidPhoneNumber` in the words that a single invitation gets.

    >>> number_in('="+1 385 500 7716"').e164
    '+13855007716'
    """
    text = cell.strip()
    if len(text) > _LONGEST:
        return parse(text)
    if match := _AROUND.fullmatch(text):
        text = (match["formula"] or match["text"] or match["scheme"] or "").strip()
    if match := _WHOLE.fullmatch(text):
        text = match[1]
    elif match := _SHORTENED.fullmatch(text):
        text = _unfolded(text, match)
    return parse(text, country=country)


def _unfolded(text: str, match: re.Match[str]) -> str:
    """1.3855007716E+10 still has all its digits; 1.38555E+10 has lost some."""
    digits = match["first"] + (match["rest"] or "")
    if len(digits) == int(match["exponent"]) + 1:
        return ("+" if text.startswith("+") else "") + digits
    raise InvalidPhoneNumber(
        f"The spreadsheet has cut this number to {text}, and its last digits are lost. Format the column as text, "
        "enter the number again and save the list once more.",
        reason="cut_by_spreadsheet",
    )
