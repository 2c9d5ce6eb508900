"""The people at the other end: their phone numbers, user IDs and names."""

import re
from typing import NamedTuple

from sandbox.graph_errors import GraphError

PUNCTUATION = re.compile(r"[\s().\-]")
INTERNATIONAL = re.compile(r"\+[1-9][0-9]{6,14}")
NORTH_AMERICAN = re.compile(r"\+1[2-9][0-9]{9}")
USER_ID = re.compile(r"[A-Z]{2}\.([0-9]{17})")

# A user ID is the phone number times a fixed factor: stable, unlike the number, and nothing to remember.
USER_ID_SPACE = 10**17
FACTOR = 63_641_362_238_467_93
INVERSE = pow(FACTOR, -1, USER_ID_SPACE)

NAMES = (
    "Amina Diallo",
    "Ben Carter",
    "Chloé Martin",
    "Dario Ricci",
    "Elif Yılmaz",
    "Femi Adeyemi",
    "Grace Kim",
)


class Person(NamedTuple):
    """Someone with a WhatsApp account. `phone` begins with a plus."""

    phone: str
    user_id: str

    @property
    def wa_id(self) -> str:
        return self.phone[1:]

    @property
    def name(self) -> str:
        return NAMES[int(self.wa_id) % len(NAMES)]

    @property
    def username(self) -> str:
        return f"{self.name.split()[0].lower()}.{self.user_id[-4:]}"


def person_with_phone(phone: str) -> Person:
    return Person(phone, f"US.{int(phone[1:]) * FACTOR % USER_ID_SPACE:017d}")


def person_with_user_id(user_id: str) -> Person:
    """Find the person behind a business-scoped user ID."""
    match = USER_ID.fullmatch(user_id)
    phone = f"+{int(match[1]) * INVERSE % USER_ID_SPACE}" if match else ""
    if not is_phone_number(phone):
        raise GraphError(131009, f"Recipient user ID {user_id!r} is not known to this business.")
    return Person(phone, user_id)


def is_phone_number(phone: str) -> bool:
    pattern = NORTH_AMERICAN if phone.startswith("+1") else INTERNATIONAL
    return pattern.fullmatch(phone) is not None


def dialled_phone(to: str, *, country_code: str) -> str:
    """Return the number that Meta reaches for `to`.

    >>> dialled_phone("+47 99 23 45 67", country_code="1")
    '+4799234567'
    >>> dialled_phone("4799234567", country_code="1")
    '+14799234567'
    """
    compact = PUNCTUATION.sub("", to)
    phone = compact if compact.startswith("+") else f"+{country_code}{compact}"
    # A number without its plus is taken as it comes: the danger is that somebody else gets the message.
    valid = is_phone_number(phone) if compact.startswith("+") else INTERNATIONAL.fullmatch(phone)
    if not valid:
        raise GraphError(131009, f"Recipient phone number {to!r} is not a valid WhatsApp phone number.")
    return phone
