"""The part of a send request that all message types share."""

from dataclasses import dataclass

from sandbox.business import Business
from sandbox.content import Content
from sandbox.graph_errors import invalid_parameter
from sandbox.message_types import CHECKS
from sandbox.parameters import JSONObject, optional_text, require_object, require_text, required
from sandbox.people import Person, dialled_phone, person_with_phone, person_with_user_id

CALLBACK_DATA_LIMIT = 512


@dataclass(frozen=True, slots=True)
class Envelope:
    """A send request that Meta would take: for whom, and what."""

    person: Person
    input: str
    by_phone: bool
    type: str
    content: Content
    context: str
    callback_data: str
    request: JSONObject


def require_messaging_product(payload: JSONObject) -> None:
    if required(payload, "messaging_product") != "whatsapp":
        raise invalid_parameter('Param messaging_product must be one of {WHATSAPP} - got "other".')


def read_envelope(payload: JSONObject, business: Business, *, country_code: str) -> Envelope:
    """Check a whole send request in Meta's order: envelope, recipient, type, content."""
    require_messaging_product(payload)
    if payload.get("recipient_type", "individual") != "individual":
        raise invalid_parameter("Param recipient_type must be one of {INDIVIDUAL}.")
    person, dialled, by_phone = read_recipient(payload, country_code)
    kind = read_type(payload)
    content = CHECKS[kind](required(payload, kind), business)
    return Envelope(
        person=person,
        input=dialled,
        by_phone=by_phone,
        type=kind,
        content=content,
        context=read_context(payload),
        callback_data=optional_text(payload, "biz_opaque_callback_data", most=CALLBACK_DATA_LIMIT),
        request=payload,
    )


def read_recipient(payload: JSONObject, country_code: str) -> tuple[Person, str, bool]:
    """Return the person, the words by which the request named them, and whether those were a phone number."""
    if payload.get("to") is None and payload.get("recipient") is not None:
        user_id = require_text(payload, "recipient")
        return person_with_user_id(user_id), user_id, False
    to = require_text(payload, "to")
    return person_with_phone(dialled_phone(to, country_code=country_code)), to, True


def read_type(payload: JSONObject) -> str:
    kind = payload.get("type", "text")
    if not isinstance(kind, str) or kind.lower() not in CHECKS:
        known = ", ".join(sorted(CHECKS)).upper()
        raise invalid_parameter(f'Param type must be one of {{{known}}} - got "{kind}".')
    return kind.lower()


def read_context(payload: JSONObject) -> str:
    if payload.get("context") is None:
        return ""
    return require_text(require_object(payload, "context"), "message_id", path="context['message_id']")
