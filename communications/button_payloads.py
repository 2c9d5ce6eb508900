"""What a button does when it is pressed, signed: a payload that we did not make does nothing.

    Button(button_payloads.sign("confirm_appointment", str(appointment.pk)), "Confirm")

The payload comes back in the webhook, and `signals.button_pressed` tells what it was signed for. It proves that the
button is ours, not who pressed it nor that it was pressed once: a receiver looks at the message's contact and time.
"""

import re
from typing import NamedTuple

from django.core.signing import BadSignature, Signer

from communications.errors import InvalidMessage

# As much as Meta takes for a row of a list; a button takes 256.
PAYLOAD_LIMIT = 200
_ACTION = re.compile("[a-z][a-z0-9_]*")
_SEPARATOR = ":"


class Pressed(NamedTuple):
    """What a signed button is for."""

    action: str
    subject: str


def sign(action: str, subject: str = "") -> str:
    """Return the payload for a button: what it does, and to which thing of ours. Anyone can read it, nobody alter it.

    Raises `InvalidMessage` where it would not fit, or `action` is not of small letters, digits and underscores.
    """
    if not _ACTION.fullmatch(action):
        raise InvalidMessage("The action of the button takes small letters, digits and underscores.")
    if not subject.isprintable() or subject != subject.strip():
        raise InvalidMessage("The subject of the button takes characters that can be printed, no spaces around them.")
    payload = _signer().sign(f"{action}{_SEPARATOR}{subject}")
    if len(payload) > PAYLOAD_LIMIT:
        raise InvalidMessage(
            f"The payload of the button has {len(payload)} characters; WhatsApp takes {PAYLOAD_LIMIT}. "
            "Shorten its action or subject."
        )
    return payload


def read(payload: str) -> Pressed | None:
    """Return what `payload` was signed for; None for one that is not ours, or was altered."""
    try:
        action, _separator, subject = _signer().unsign(payload).partition(_SEPARATOR)
    except (BadSignature, UnicodeError):
        return None
    return Pressed(action, subject)


def _signer() -> Signer:
    """Made on use: SECRET_KEY may be renewed, with the old one among SECRET_KEY_FALLBACKS."""
    return Signer(sep=_SEPARATOR, salt="communications.button_payloads")
