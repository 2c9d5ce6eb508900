"""Parts of a message within its request: buttons, sections, cards. Their limits are the builders' to say."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from communications.api.bodies import StrictSerializer
from communications.api.fields import StringField, VerbatimField
from communications.errors import InvalidMessage
from communications.graph import media_payloads
from communications.graph.field_limits import MEDIA_HEADERS
from communications.graph.interactive_payloads import Button, Row, Section
from communications.graph.shared_payloads import CardPhone, ContactCard
from communications.media.attachments import Attachment


class Parts(serializers.ListSerializer[Any]):
    default_error_messages = {
        "required": "This is missing. Give it as a list.",
        "not_a_list": "Give this as a list, even if there is only one.",
    }


class Part(StrictSerializer):
    """An object of the request to what a builder takes."""

    make: ClassVar[Callable[..., Any]]

    class Meta:
        list_serializer_class = Parts

    def to_internal_value(self, data: Any) -> Any:
        return type(self).make(**super().to_internal_value(data))


class ButtonPart(Part):
    id = VerbatimField()
    title = VerbatimField()

    make = Button


class RowPart(Part):
    id = VerbatimField()
    title = VerbatimField()
    description = VerbatimField(required=False)

    make = Row


class SectionPart(Part):
    title = VerbatimField(default="")
    rows = RowPart(many=True)

    make = Section


class PhonePart(Part):
    number = VerbatimField()
    waId = VerbatimField(source="wa_id", required=False)

    make = CardPhone


class CardPart(Part):
    name = VerbatimField()
    phones = PhonePart(many=True, required=False)
    emails = serializers.ListField(child=VerbatimField(), required=False)
    urls = serializers.ListField(child=VerbatimField(), required=False)
    company = VerbatimField(required=False)

    make = ContactCard


def require_one_source(values: Mapping[str, Any]) -> None:
    """Raise `ValidationError` unless a file is named by its link or by its ID."""
    if ("link" in values) == ("media_id" in values):
        raise ValidationError({"link": ["Give the file by its link or by its mediaId, one of the two."]})


class FilePart(StrictSerializer):
    """A picture, video or document that stands over the text, to what `media_header` makes."""

    type = serializers.ChoiceField(
        MEDIA_HEADERS, error_messages={"invalid_choice": f"Use one of {', '.join(MEDIA_HEADERS)}."}
    )
    link = StringField(required=False)
    mediaId = StringField(source="media_id", required=False)
    filename = VerbatimField(required=False)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        values = super().to_internal_value(data)
        kind = values.pop("type")
        require_one_source(values)
        try:
            Attachment(kind, **values)
        except InvalidMessage as refusal:
            raise ValidationError(refusal.detail) from refusal
        return media_payloads.media(kind, **values)


class HeaderField(VerbatimField):
    """A text, or a file over the text."""

    default_error_messages = {"invalid": "Give a text in quotes, or a file by its type and its link or mediaId."}

    def to_internal_value(self, data: object) -> Any:
        if isinstance(data, Mapping):
            return FilePart().run_validation(data)
        return super().to_internal_value(data)


class CoordinateField(serializers.Field[Any, Any, Any, Any]):
    """Decimal degrees, as a number or as text."""

    default_error_messages = {
        "required": "This is missing. Give it in decimal degrees: 40.2338.",
        "invalid": "Give this in decimal degrees: 40.2338.",
    }
    _DEGREES = re.compile(r"-?\d{1,3}(\.\d{1,20})?", re.ASCII)

    def to_internal_value(self, data: Any) -> float:
        is_number = isinstance(data, int | float) and not isinstance(data, bool)
        if not is_number and not (isinstance(data, str) and self._DEGREES.fullmatch(data)):
            self.fail("invalid")
        try:
            return float(data)
        except OverflowError:
            return math.inf
