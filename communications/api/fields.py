"""Values of a request: JSON strings stay what they are, and nothing else is turned into one."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from communications.errors import InvalidMessage, InvalidPhoneNumber
from communications.message_text import EMPTY_MESSAGE, check_characters, check_text
from communications.phone_numbers import PhoneNumber, parse


class StringField(serializers.CharField):
    """A JSON string, and nothing that could be turned into one."""

    default_error_messages = {
        "invalid": _("Give this as text in quotes."),
        "required": _("This is missing. Give it as text in quotes."),
    }

    def to_internal_value(self, data: object) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        with _in_our_words():
            check_characters(data)
        return super().to_internal_value(data)


@contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except InvalidMessage as exc:
        raise serializers.ValidationError(exc.detail) from exc


class MessageField(StringField):
    """The text of a message, verbatim; a refusal says what is wrong with it."""

    default_error_messages = dict.fromkeys(("required", "blank", "null"), EMPTY_MESSAGE)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)

    def to_internal_value(self, data: object) -> str:
        text = super().to_internal_value(data)
        with _in_our_words():
            check_text(text)
        return text


class VerbatimField(StringField):
    """A text as it is, spaces and all; what may stand in it is said by whatever it goes into."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, allow_blank=True, **kwargs)


class OptionalStringField(StringField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, allow_blank=True, allow_null=True, **kwargs)


class PhoneNumberField(StringField):
    """Text to a `PhoneNumber`; a refusal says what is wrong with it."""

    default_error_messages = {
        "required": _("Enter a phone number with its country code, for example +13855007716."),
        "blank": _("Enter a phone number with its country code, for example +13855007716."),
        "null": _("Enter a phone number with its country code, for example +13855007716."),
    }

    def to_internal_value(self, data: object) -> PhoneNumber:  # type: ignore[override]
        try:
            return parse(data)
        except InvalidPhoneNumber as exc:
            raise serializers.ValidationError(exc.detail, code=exc.reason) from exc


class MomentField(StringField):
    """ISO 8601 with the offset from UTC, to a `datetime`: without one nobody knows when that is."""

    default_error_messages = {
        "no_moment": _("Give a time with its offset from UTC, for example 2026-11-24T09:00:00+01:00."),
    }

    def to_internal_value(self, data: object) -> datetime:  # type: ignore[override]
        text = super().to_internal_value(data)
        try:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                self.fail("no_moment")
            return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail("no_moment")


class TrueOrFalseField(serializers.BooleanField):
    def to_internal_value(self, data: object) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data
