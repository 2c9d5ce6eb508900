"""Every `type` of message that can be asked for, and what its request holds."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from communications.api import template_values
from communications.api.bodies import BuiltBody, MessageBody, ReplyingBody, refused_as
from communications.api.fields import MessageField, PhoneNumberField, StringField, VerbatimField
from communications.api.parts import (
    ButtonPart,
    CardPart,
    CoordinateField,
    HeaderField,
    SectionPart,
    require_one_source,
)
from communications.errors import InvalidMessage
from communications.graph import interactive_payloads, payloads, shared_payloads
from communications.graph.interactive_payloads import Button, Row, Section
from communications.graph.shared_payloads import ContactCard
from communications.languages import language_of
from communications.media.attachments import Attachment
from communications.message_templates import DEFINITIONS
from communications.message_text import readable
from communications.models import Message
from communications.whatsapp_service import whatsapp_service

# What nobody asked for has a way of its own, with quotas: a token for invoices cannot invite.
NOTIFICATIONS = {name: definition for name, definition in DEFINITIONS.items() if not definition.is_marketing}


class TextBody(ReplyingBody):
    text = MessageField(source="body")

    builder = staticmethod(payloads.text)


class TemplateValuesField(serializers.Field[Any, Any, Any, Any]):
    """Values by name, each to what writes it in a language for a country."""

    default_error_messages = {"no_object": 'Give the values by name, as {{"name": "Maria"}}.'}

    def to_internal_value(self, data: Any) -> dict[str, template_values.Writer]:
        if not isinstance(data, Mapping):
            self.fail("no_object")
        writers, wrong = {}, {}
        for name, value in data.items():
            try:
                writers[readable(name)] = template_values.writer_of(value)
            except InvalidMessage as refusal:
                wrong[readable(name)] = [refusal.detail]
        if wrong:
            raise ValidationError(wrong)
        return writers


class TemplateBody(MessageBody):
    template = StringField()
    fields = TemplateValuesField(default=dict)  # type: ignore[assignment]  # the serializer's own go by another way
    language = StringField(required=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        definition, country = NOTIFICATIONS.get(attrs["template"]), attrs["phone_number"].country
        if definition is None:
            raise ValidationError({"template": [f"There is no template like that. Use {', '.join(NOTIFICATIONS)}."]})
        language = attrs.get("language") or language_of(country, definition.languages)
        with refused_as("language"):
            definition.wording(language)
        values = {name: write(language, country) for name, write in attrs["fields"].items()}
        with refused_as("fields"):
            definition.content(language, values)
        return attrs | {"definition": definition, "language": language, "values": values}

    def prepare(self) -> Message:
        data = self.validated_data
        return whatsapp_service.prepare_message_template(
            data["definition"], data["phone_number"], data["values"], language=data["language"]
        )


class MediaBody(ReplyingBody):
    """A file by its link, which Meta fetches, or by the ID that Meta gave it."""

    link = StringField(required=False)
    mediaId = StringField(source="media_id", required=False)
    caption = VerbatimField(required=False)
    filename = VerbatimField(required=False)

    def build(self, values: Mapping[str, Any]) -> Attachment:
        return Attachment(self.initial_data["type"], **values)

    def beside_right_ones(self, name: str, value: object) -> dict[str, Any]:
        return {name: value} if name in {"link", "media_id"} else {"media_id": "1", name: value}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        require_one_source(attrs)
        return super().validate(attrs)

    def prepare(self) -> Message:
        data = self.validated_data
        return whatsapp_service.prepare_media_message(
            data["phone_number"], data["built"], reply_to=data.get("reply_to")
        )


class InteractiveBody(ReplyingBody):
    body = VerbatimField()


class FramedBody(InteractiveBody):
    header = HeaderField(required=False)
    footer = VerbatimField(required=False)


class ButtonsBody(FramedBody):
    buttons = ButtonPart(many=True)

    builder = staticmethod(interactive_payloads.reply_buttons)
    right = {"body": "?", "buttons": [Button("1", "1")]}


class ListBody(FramedBody):
    button = VerbatimField()
    sections = SectionPart(many=True)

    builder = staticmethod(interactive_payloads.list_message)
    right = {"body": "?", "button": "1", "sections": [Section("", [Row("1", "1")])]}


class LinkBody(FramedBody):
    label = VerbatimField()  # type: ignore[assignment]  # as with `fields`
    url = VerbatimField()

    builder = staticmethod(interactive_payloads.cta_url)
    right = {"body": "?", "label": "1", "url": "https://example.com"}


class LocationRequestBody(InteractiveBody):
    builder = staticmethod(interactive_payloads.location_request)


class ContactRequestBody(InteractiveBody):
    builder = staticmethod(interactive_payloads.contact_request)


class LocationBody(ReplyingBody):
    latitude = CoordinateField()
    longitude = CoordinateField()
    name = VerbatimField(required=False)
    address = VerbatimField(required=False)

    builder = staticmethod(shared_payloads.location)
    right = {"latitude": 0, "longitude": 0}


class ContactsBody(ReplyingBody):
    contacts = CardPart(many=True, source="cards")

    builder = staticmethod(shared_payloads.contacts)
    right = {"cards": [ContactCard("?")]}


class ReactionBody(BuiltBody):
    """Names the message it is about itself, so it is no reply."""

    messageId = VerbatimField(source="wamid")
    emoji = VerbatimField()

    builder = staticmethod(shared_payloads.reaction)
    right = {"wamid": "wamid.1", "emoji": ""}


KINDS: dict[str, type[MessageBody]] = {
    "text": TextBody,
    "template": TemplateBody,
    "image": MediaBody,
    "video": MediaBody,
    "audio": MediaBody,
    "document": MediaBody,
    "sticker": MediaBody,
    "buttons": ButtonsBody,
    "list": ListBody,
    "link": LinkBody,
    "location_request": LocationRequestBody,
    "contact_request": ContactRequestBody,
    "location": LocationBody,
    "contacts": ContactsBody,
    "reaction": ReactionBody,
}


class NoTypeField(serializers.Field[Any, Any, Any, Any]):
    """Says which types there are."""

    default_error_messages = dict.fromkeys(
        ("required", "null", "unknown"), f"Say what to send by one of these types: {', '.join(KINDS)}."
    )

    def to_internal_value(self, data: Any) -> None:
        self.fail("unknown")


class BodyWithoutType(serializers.Serializer[Any]):
    """A request whose kind nobody knows, and whose other fields can therefore not be read."""

    phoneNumber = PhoneNumberField()
    type = NoTypeField()


def body_of(data: Mapping[str, Any]) -> MessageBody:
    """Read a request by its `type`; raise `ValidationError` with everything that is wrong with it."""
    kind = data.get("type")
    body = KINDS[kind](data=data) if isinstance(kind, str) and kind in KINDS else BodyWithoutType(data=data)
    body.is_valid(raise_exception=True)
    assert isinstance(body, MessageBody)  # noqa: S101  (without a type, nothing is valid)
    return body
