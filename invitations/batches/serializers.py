"""Shapes of the API for lists: JSON, camelCase; a form for a file."""

from collections.abc import Mapping
from typing import Any, BinaryIO, cast

import phonenumbers
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from communications.api.fields import OptionalStringField, TrueOrFalseField
from communications.errors import InvalidMessage
from communications.message_text import check_text
from invitations.batches.given_lists import GivenList, from_csv
from invitations.models import sender_defaults
from invitations.models.batches import NAME_LIMIT

# How a form, where everything is text, says yes and no.
WORDS = {"true": True, "on": True, "1": True, "yes": True, "false": False, "off": False, "0": False, "no": False}


class FlagField(TrueOrFalseField):
    """true or false; in a form, where everything is text, the words."""

    def to_internal_value(self, data: object) -> bool:
        if isinstance(self.context.get("data"), QueryDict) and isinstance(data, str):
            data = WORDS.get(data.lower(), data)
        return super().to_internal_value(data)


class CommonWordsField(OptionalStringField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)

    def to_internal_value(self, data: object) -> str:
        text = super().to_internal_value(data)
        try:
            check_text(text)
        except InvalidMessage as exc:
            raise ValidationError(exc.detail) from exc
        return text


class RowsField(serializers.Field[GivenList, Any, Any, Any]):
    default_error_messages = {"invalid": "Give the people as a list of objects."}

    def to_internal_value(self, data: Any) -> GivenList:
        if not isinstance(data, GivenList):
            self.fail("invalid")
        return data


class CSVField(serializers.Field[GivenList, Any, Any, Any]):
    default_error_messages = {"invalid": "Send a CSV file in this field of the form."}

    def to_internal_value(self, data: Any) -> GivenList:
        if not isinstance(data, UploadedFile) or data.file is None:
            self.fail("invalid")
        return from_csv(cast("BinaryIO", data.file), data.size or 0)


def one_line(name: str) -> str:
    """A list's name, which is also that of its report."""
    return " ".join(name.split())


def country_code(value: str) -> str:
    """The code of a country in capitals; raises `ValidationError` for what is none."""
    code = value.upper()
    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise ValidationError("Give the two letters of a country, for example US.")
    return code


class BatchCreateSerializer(serializers.Serializer[Any]):
    """`list` is the `GivenList`; the rest are fields of `InvitationBatch`."""

    name = OptionalStringField(max_length=NAME_LIMIT)
    message = CommonWordsField()
    senderName = OptionalStringField(source="sender_name", max_length=NAME_LIMIT)
    senderEmail = serializers.EmailField(source="sender_email", required=False, allow_blank=True, allow_null=True)
    consent = FlagField(source="has_consent", required=False, allow_null=True)
    includeLink = FlagField(source="include_link", required=False, allow_null=True)
    country = OptionalStringField()
    rows = RowsField(required=False)
    file = CSVField(required=False)

    def validate_name(self, value: str | None) -> str:
        return one_line(value or "")

    def validate_country(self, value: str | None) -> str:
        return country_code(value) if value else ""

    def validate(self, attrs: Mapping[str, Any]) -> dict[str, Any]:
        """Leave out what is empty, and let the signed-in user be the sender."""
        given = {name: value for name, value in attrs.items() if value not in (None, "")}
        lists = [given.pop(name) for name in ("rows", "file") if name in given]
        if len(lists) != 1:
            raise ValidationError(
                {"rows": ["Give the people once: as rows, or as a CSV file in the form's field file."]}
            )
        name = {"name": f"List of {timezone.now():%Y-%m-%d %H:%M}"}
        return name | sender_defaults(self.context["request"].user) | given | {"list": lists[0]}
