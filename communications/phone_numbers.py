"""Phone numbers as people type them: parse, explain a refusal, mask for logs. Pure.

Brazil, Mexico and Argentina write one mobile number in several ways; each is brought to the one form that WhatsApp
itself uses, so that one person is not invited twice under two spellings.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberType, ValidationResult

from communications.errors import InvalidPhoneNumber
from communications.sentences import Sentence

_REGIONS: dict[int, tuple[str, ...]] = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
# Satellite telephones and the like.
_NO_COUNTRY = "001"
_EXAMPLE = "+13855007716"
_LONGEST_INPUT = 40
# Of E.164: 15 digits and the plus. The plans of some countries (Germany) know longer ones, which Meta does not.
_LONGEST = 16
_ALLOWED = re.compile(r"\+[0-9 ().\-/]+", re.ASCII)
_WITHOUT_PLUS = re.compile(r"[0-9 ().\-/]*[0-9][0-9 ().\-/]*", re.ASCII)

# Countries whose old spellings the numbering plan no longer knows, or that WhatsApp writes in one way only.
_RESPELLINGS = (
    (re.compile(r"\+55([1-9]\d)([6-9]\d{7})"), r"+55\g<1>9\g<2>"),  # Brazil: the ninth digit since 2016
    (re.compile(r"\+521(\d{10})"), r"+52\g<1>"),  # Mexico: no 1 after the country code since 2019
    (re.compile(r"\+54([1-8]\d{9})"), r"+549\g<1>"),  # Argentina: WhatsApp writes mobiles with a 9
)

_TOO_SHORT_AT_ALL = Sentence(f"This number is too short. Enter one number in full, for example {_EXAMPLE}.")
_TOO_LONG_AT_ALL = Sentence(f"This number is too long. Enter one number in full, for example {_EXAMPLE}.")
_TOO_FEW = Sentence("This number has too few digits for the country code %(code)s. Check it and include the area code.")
_TOO_MANY = Sentence("This number has too many digits for the country code %(code)s. Check it.")
_IMPOSSIBLE = {
    ValidationResult.TOO_SHORT: ("too_short", _TOO_FEW),
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: ("too_short", _TOO_FEW),
    ValidationResult.TOO_LONG: ("too_long", _TOO_MANY),
    ValidationResult.INVALID_LENGTH: (
        "too_long",
        Sentence("This number has a wrong number of digits for the country code %(code)s."),
    ),
}
_UNREACHABLE = {
    PhoneNumberType.PREMIUM_RATE: Sentence("a premium-rate line"),
    PhoneNumberType.TOLL_FREE: Sentence("a toll-free line"),
    PhoneNumberType.SHARED_COST: Sentence("a shared-cost line"),
    PhoneNumberType.UAN: Sentence("a company access number"),
    PhoneNumberType.VOICEMAIL: Sentence("a voicemail number"),
    PhoneNumberType.PAGER: Sentence("a pager"),
}


@dataclass(frozen=True)
class PhoneNumber:
    """A number that a message can be sent to: `e164` with its plus sign, `country` as ISO 3166 ("US")."""

    e164: str
    country: str

    @property
    def international(self) -> str:
        """The number in groups, as people read it: +1 385-500-7716."""
        number = phonenumbers.parse(self.e164)
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def parse(raw: object, *, country: str = "") -> PhoneNumber:
    """Read a number with its country code; raise `InvalidPhoneNumber` with the reason and what to do.

    With a `country` (ISO 3166), a number without its + is read as people write it there.

    >>> parse("+1 (385) 500-7716").e164
    '+13855007716'
    >>> parse("020 7946 0018", country="GB").e164
    '+442079460018'
    """
    text = _plain(raw)
    if country and _WITHOUT_PLUS.fullmatch(text):
        text = _with_country_code(text, country)
    _require_only_digits(text)
    number = _parsed(_respelled("+" + re.sub(r"\D", "", text)))
    kind = phonenumbers.number_type(number)
    # Whatever is of a known kind is of a possible length too.
    if kind == PhoneNumberType.UNKNOWN:
        raise _unassigned(number)
    _require_reachable(kind)
    e164 = _respelled(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    if len(e164) > _LONGEST:
        raise InvalidPhoneNumber(_TOO_LONG_AT_ALL, reason="too_long")
    return PhoneNumber(e164=e164, country=phonenumbers.region_code_for_number(number) or "")


def number_of(to: str | PhoneNumber) -> PhoneNumber:
    """The number itself, or the one that a text says; raises as `parse` does."""
    return to if isinstance(to, PhoneNumber) else parse(to)


def canonical(wa_id: str) -> str:
    """The number behind a WhatsApp ID, in the one spelling we use. Quick: WhatsApp's digits need no checking."""
    return _respelled(f"+{wa_id}")


def country_of(e164: str) -> str:
    """The country (ISO 3166) of a number that was parsed before; empty where it belongs to none. Quick."""
    digits = e164.removeprefix("+")
    # No country code is the beginning of another.
    codes = (int(digits[:length]) for length in (1, 2, 3) if digits[:length].isdecimal())
    regions = next((_REGIONS[code] for code in codes if code in _REGIONS), ())
    if len(regions) > 1:
        # The last three digits of all but the shortest never decide it, so a thousand numbers are looked up once.
        return _country_of_block(digits[:-3]) or _country_of_digits(digits)
    return regions[0] if regions and regions[0] != _NO_COUNTRY else ""


@lru_cache(maxsize=100_000)
def _country_of_block(digits: str) -> str:
    return _country_of_digits(f"{digits}000")


def _country_of_digits(digits: str) -> str:
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(f"+{digits}")) or ""
    except phonenumbers.NumberParseException:
        return ""


def mask(number: str) -> str:
    """Hide a number for logs: first two digits and last two. `+13855007716` gives `+13*******16`."""
    digits = re.sub(r"\D", "", number)
    if len(digits) < 7:
        return "+***"
    return f"+{digits[:2]}{'*' * (len(digits) - 4)}{digits[-2:]}"


def _plain(raw: object) -> str:
    """Drop invisible marks that address books paste in, and write every space and dash the plain way."""
    if not isinstance(raw, str):
        raise InvalidPhoneNumber(f"Give the number as text, for example {_EXAMPLE}.", reason="not_text")
    if len(raw) > _LONGEST_INPUT:
        raise InvalidPhoneNumber(
            f"This is too long to be a phone number. Enter one number, for example {_EXAMPLE}.", reason="too_long"
        )
    if raw.isascii():
        return raw.strip()
    plain = {"Zs": " ", "Pd": "-", "Cf": ""}
    # The minus sign is a dash to whoever pastes it, and mathematics to Unicode.
    return "".join(plain.get(unicodedata.category(char), char) for char in raw.replace("\u2212", "-")).strip()


def _require_only_digits(text: str) -> None:
    if not text:
        raise InvalidPhoneNumber(
            f"Enter a phone number with its country code, for example {_EXAMPLE}.", reason="missing"
        )
    if any(char.isalpha() for char in text) or re.search(r"[#;,]", text):
        raise InvalidPhoneNumber(
            f"Leave out letters and extensions: enter digits only, for example {_EXAMPLE}.", reason="not_digits"
        )
    if text.count("+") > 1:
        raise InvalidPhoneNumber(
            f"Enter one number with one plus sign, for example {_EXAMPLE}.", reason="several_plus_signs"
        )
    if not text.startswith("+"):
        raise InvalidPhoneNumber(
            f"Start with + and the country code, for example {_EXAMPLE}.", reason="no_country_code"
        )
    if not _ALLOWED.fullmatch(text):
        raise InvalidPhoneNumber(f"Use the digits 0 to 9 only, for example {_EXAMPLE}.", reason="not_digits")


def _with_country_code(text: str, country: str) -> str:
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return text
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _parsed(text: str) -> phonenumbers.PhoneNumber:
    try:
        return phonenumbers.parse(text)
    except phonenumbers.NumberParseException as exc:
        if exc.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE:
            raise InvalidPhoneNumber(
                f"No country has this country code. Start with + and the country code, for example {_EXAMPLE}.",
                reason="unknown_country_code",
            ) from exc
        too_long = exc.error_type == phonenumbers.NumberParseException.TOO_LONG
        raise InvalidPhoneNumber(
            _TOO_LONG_AT_ALL if too_long else _TOO_SHORT_AT_ALL,
            reason="too_long" if too_long else "too_short",
        ) from exc


def _respelled(e164: str) -> str:
    for pattern, canonical in _RESPELLINGS:
        if pattern.fullmatch(e164):
            return pattern.sub(canonical, e164)
    return e164


def _unassigned(number: phonenumbers.PhoneNumber) -> InvalidPhoneNumber:
    problem = _IMPOSSIBLE.get(phonenumbers.is_possible_number_with_reason(number))
    if problem:
        reason, detail = problem
        return InvalidPhoneNumber(Sentence(detail, code=f"+{number.country_code}"), reason=reason)
    return InvalidPhoneNumber(
        Sentence(
            "This is not a number in use in the country code %(code)s. Check the area code and the digits.",
            code=f"+{number.country_code}",
        ),
        reason="not_a_number_of_that_country",
    )


def _require_reachable(kind: int) -> None:
    line = _UNREACHABLE.get(kind)
    if line:
        raise InvalidPhoneNumber(
            Sentence("This is %(line)s, which cannot receive WhatsApp messages. Enter a person's number.", line=line),
            reason="not_reachable",
        )
