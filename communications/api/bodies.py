"""What a request for a message holds: what all kinds have, and how a wrong field of a kind is found.

Nothing is passed over: a field that a kind does not have is refused by name, or a misspelt `sendAt` would send now.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from communications.api.fields import MomentField, PhoneNumberField, StringField
from communications.errors import InvalidMessage
from communications.graph.field_limits import required_wamid
from communications.message_text import readable
from communications.models import Message
from communications.whatsapp_service import whatsapp_service

# How far ahead a message may be asked for, and how long after that it may still go out.
LATEST = timedelta(days=30)


@contextmanager
def refused_as(field: str) -> Iterator[None]:
    """Let what a builder refuses be told of `field`."""
    try:
        yield
    except InvalidMessage as refusal:
        raise ValidationError({field: [refusal.detail]}) from refusal


class StrictSerializer(serializers.Serializer[Any]):
    """Takes null for absent, and refuses what it does not know."""

    default_error_messages = {"invalid": "Give this as an object with its fields by name."}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return super().to_internal_value(data)
        given = {name: value for name, value in data.items() if value is not None}
        errors: dict[str, Any] = {}
        try:
            values = super().to_internal_value(given)
        except ValidationError as exc:
            errors = dict(exc.detail)  # type: ignore[arg-type]
        unknown = [name for name in given if name not in self.fields]
        errors |= {readable(name): [f"Nothing is called so here. Use {', '.join(self.fields)}."] for name in unknown}
        if errors:
            raise ValidationError(errors)
        return values


class MessageBody(StrictSerializer):
    """The fields that every kind has; once valid, `prepare` writes the message's row."""

    phoneNumber = PhoneNumberField(source="phone_number")
    type = StringField()
    sendAt = MomentField(source="due_at", required=False)
    expiresAt = MomentField(source="expires_at", required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if wrong := _wrong_times(attrs.get("due_at"), attrs.get("expires_at")):
            raise ValidationError(wrong)
        return attrs

    def prepare(self) -> Message:
        """Raises as `whatsapp_service.prepare_message` does."""
        raise NotImplementedError


class BuiltBody(MessageBody):
    """A kind that one builder makes out of its fields."""

    builder: ClassVar[Callable[..., Any]]
    # With these the builder is content: beside them a wrong value shows.
    right: ClassVar[Mapping[str, Any]] = {}

    def build(self, values: Mapping[str, Any]) -> Any:
        return type(self).builder(**values)

    def beside_right_ones(self, name: str, value: object) -> dict[str, Any]:
        return {**self.right, name: value}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        values = {name: value for name, value in attrs.items() if name not in _NOT_FOR_BUILDERS}
        try:
            return attrs | {"built": self.build(values)}
        except InvalidMessage as refusal:
            raise ValidationError(self._faults(values) or {"body": [refusal.detail]}) from refusal

    def prepare(self) -> Message:
        data = self.validated_data
        return whatsapp_service.prepare_message(data["phone_number"], data["built"], reply_to=data.get("reply_to"))

    def _faults(self, values: Mapping[str, Any]) -> dict[str, list[str]]:
        """The fields whose value is refused where all else is right, each with what is said of it."""
        faults = {}
        for name, field in self.fields.items():
            value_name = field.source or name
            if value_name in values:
                try:
                    self.build(self.beside_right_ones(value_name, values[value_name]))
                except InvalidMessage as refusal:
                    faults[name] = [refusal.detail]
        return faults


class WamidField(StringField):
    def to_internal_value(self, data: object) -> str:
        wamid = super().to_internal_value(data)
        try:
            return required_wamid(wamid, "the ID of the message to reply to")
        except InvalidMessage as refusal:
            raise ValidationError(refusal.detail) from refusal


class ReplyingBody(BuiltBody):
    """A kind that can stand under a quote of the message it answers."""

    replyTo = WamidField(source="reply_to", required=False)


_NOT_FOR_BUILDERS = {"phone_number", "type", "due_at", "expires_at", "reply_to"}


def _wrong_times(due_at: datetime | None, expires_at: datetime | None) -> dict[str, list[str]]:
    now = timezone.now()
    wrong = {}
    if due_at and due_at <= now:
        wrong["sendAt"] = ["This time is past. Leave it out to send at once."]
    elif due_at and due_at > now + LATEST:
        wrong["sendAt"] = [f"This is too far ahead: a message waits {LATEST.days} days at most."]
    from_then = max(due_at or now, now)
    if expires_at and expires_at <= from_then:
        wrong["expiresAt"] = ["The message would never go out: this has to be later than the time it is sent."]
    elif expires_at and expires_at > from_then + LATEST:
        wrong["expiresAt"] = [f"This is too late: a message is tried for {LATEST.days} days at most."]
    return wrong
