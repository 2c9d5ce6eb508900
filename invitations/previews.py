"""What would be sent, and whether it may be: an invitation before it exists. Writes nothing, sends nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from communications import daily_limit, forgotten, template_messages, templates
from communications.errors import WhatsAppError
from communications.message_text import TEXT_LIMIT
from communications.models import ConsentRecord, Contact, ContactIdentity
from communications.phone_numbers import PhoneNumber
from communications.template_reading import Reading
from communications.whatsapp_service import whatsapp_service
from invitations import carriers, services
from invitations.carriers import Reason, Way, Words
from invitations.conf import setting
from invitations.links import TOKEN_TO_COME, beside_words, invitation_link
from invitations.models import Invitation


@dataclass(frozen=True)
class Quota:
    """Invitations that the user may send in 24 hours, and how many of them are left."""

    limit: int
    left: int


@dataclass(frozen=True)
class Caution:
    """What may go wrong although the invitation may be sent: a stable word, and a sentence."""

    code: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Preview:
    """`reading` is what the person would read, None where that cannot be said; `room` the characters for the words.

    `refusal` is the error that sending would raise now; None where it may be sent.
    """

    number: PhoneNumber
    way: Way
    category: str
    reading: Reading | None
    room: int
    refusal: WhatsAppError | None
    is_consent_stated: bool
    quota: Quota
    cautions: tuple[Caution, ...]


def preview(
    *,
    inviter: Any,
    phone_number: PhoneNumber,
    message: str,
    base_url: str,
    has_consent: bool = False,
    include_link: bool = False,
    sender_name: str = "",
    **details: str,
) -> Preview:
    """Take what `services.send_invitation` takes, and say what it would do.

    Words that are not written yet are no refusal: there is nothing to read, and the rest is said.
    """
    person = Contact.objects.with_phone(phone_number.e164)
    way = carriers.way_to(phone_number, person)
    live, not_this_person = _whether_invitable(inviter, phone_number, person)
    token = live.token if live else TOKEN_TO_COME
    words = Words(message=message, sender_name=sender_name, token=token, link_base=base_url if include_link else "")
    draft = _draft(way, phone_number, words, base_url)
    draft.refusal = draft.refusal or _over_the_daily_limit(way, person)
    is_consent_stated = has_consent or _was_consent_stated(person)
    return Preview(
        number=phone_number,
        way=way,
        category=draft.category,
        reading=draft.reading,
        room=draft.room,
        refusal=not_this_person or draft.refusal,
        is_consent_stated=is_consent_stated,
        quota=Quota(setting("INVITATION_DAILY_QUOTA"), services.quota_left(inviter)),
        cautions=tuple(_cautions(phone_number, way, draft.category, is_consent_stated=is_consent_stated)),
    )


def _whether_invitable(
    inviter: Any, number: PhoneNumber, person: Contact | None
) -> tuple[Invitation | None, WhatsAppError | None]:
    """The live invitation that would be sent again, if there is one; and why this person cannot be invited."""
    try:
        if person is None:
            forgotten.require_no_wish((ContactIdentity.Kind.PHONE, number.e164))
        return services.live_one(services.require_invitable(inviter, person)), None
    except WhatsAppError as refusal:
        return None, refusal


def _over_the_daily_limit(way: Way, person: Contact | None) -> WhatsAppError | None:
    if way.reason is Reason.WINDOW_OPEN:
        return None
    try:
        daily_limit.require_room_for(person)
    except WhatsAppError as refusal:
        return refusal
    return None


@dataclass
class Draft:
    """The words as they would be sent, as far as that can be said, and why they cannot; `room` is for the words."""

    way: Way
    category: str
    room: int = TEXT_LIMIT
    reading: Reading | None = None
    refusal: WhatsAppError | None = None


def draft_for_anybody(*, message: str, sender_name: str, include_link: bool, base_url: str) -> Draft:
    """How the words would read for somebody who has not written, whose number is not known yet."""
    nobody = PhoneNumber(e164="", country="")
    words = Words(
        message=message, sender_name=sender_name, token=TOKEN_TO_COME, link_base=base_url if include_link else ""
    )
    return _draft(carriers.way_to(nobody, None), nobody, words, base_url)


def draft_for(number: PhoneNumber, person: Contact | None, words: Words, base_url: str) -> Draft:
    """How the words would read for the person with this number."""
    return _draft(carriers.way_to(number, person), number, words, base_url)


def _draft(way: Way, number: PhoneNumber, words: Words, base_url: str) -> Draft:
    draft = Draft(way, category=way.template.category if way.template else "")
    try:
        draft.room = _room(way, words)
        if not words.message.strip():
            _require_way(way)
        elif way.template is None:
            draft.reading = Reading(body=words.as_text())
        else:
            message = template_messages.compose(way.template, number, words.as_values(), language=way.language)
            draft.category = template_messages.category_of(message)
            draft.reading = template_messages.reading_of(message, base_url=base_url)
        whatsapp_service.require_ready()
    except WhatsAppError as refusal:
        draft.refusal = refusal
    return draft


def _require_way(way: Way) -> None:
    if way.template:
        templates.require_usable(way.template.name, way.language)


def _room(way: Way, words: Words) -> int:
    if way.template:
        return way.template.room_for("message", way.language, words.as_values())
    return TEXT_LIMIT - (beside_words(invitation_link(words.token, base_url=words.link_base)) if words.link_base else 0)


def _was_consent_stated(person: Contact | None) -> bool:
    if person is None:
        return False
    return person.consent_records.filter(kind=ConsentRecord.Kind.STATEMENT).exists()


def _cautions(number: PhoneNumber, way: Way, category: str, *, is_consent_stated: bool) -> Iterator[Caution]:
    if number.country == "US" and category == "MARKETING":
        yield Caution(
            "marketing_to_united_states",
            _(
                "WhatsApp delivers no marketing templates to numbers of the United States, and counts an invitation as "
                "one. Send it from your own WhatsApp instead, or ask them to write to Dott first."
            ),
        )
    if way.reason is Reason.NO_TEMPLATE:
        yield Caution(
            "window_closed",
            _(
                "They have not written to Dott in the last 24 hours, and no invitation template is set: WhatsApp will "
                "most likely refuse the text."
            ),
        )
    if not is_consent_stated:
        yield Caution(
            "no_consent_statement",
            _("Nobody has stated that they agreed to be contacted. Meta wants their consent before the first message."),
        )
