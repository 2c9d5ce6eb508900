"""Shapes of the invitation API: JSON, camelCase. Values are JSON strings; numbers are not converted."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from communications.errors import InvalidMessage, InvalidPhoneNumber
from communications.message_text import EMPTY_MESSAGE, check_characters, check_text
from communications.phone_numbers import PhoneNumber, parse
from invitations.failures import failure_of
from invitations.models import Invitation, sender_defaults
from invitations.timelines import Step, steps_of


class StringField(serializers.CharField):
    """A JSON string, and nothing that could be turned into one."""

    default_error_messages = {"invalid": _("Give this as text in quotes.")}

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


class TrueOrFalseField(serializers.BooleanField):
    def to_internal_value(self, data: object) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class InvitationCreateSerializer(serializers.Serializer[Any]):
    phoneNumber = PhoneNumberField(source="phone_number")
    message = MessageField()
    senderName = OptionalStringField(source="sender_name", max_length=200)
    senderEmail = serializers.EmailField(source="sender_email", required=False, allow_blank=True, allow_null=True)
    recipientName = OptionalStringField(source="recipient_name", max_length=200)
    companyName = OptionalStringField(source="company_name", max_length=200)
    consent = TrueOrFalseField(source="has_consent", required=False, allow_null=True)
    includeLink = TrueOrFalseField(source="include_link", required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Leave out what is empty, and let the signed-in user be the sender."""
        return sender_defaults(self.context["request"].user) | {
            name: value for name, value in attrs.items() if value not in (None, "")
        }


class InvitationSentSerializer(serializers.Serializer[Invitation]):
    """The answer to an invitation that WhatsApp accepted."""

    def to_representation(self, invitation: Invitation) -> dict[str, Any]:
        message = invitation.newest_message
        return {
            "success": True,
            "message": "WhatsApp invitation sent successfully",
            "messageId": message.wamid,
            "invitationId": str(invitation.pk),
            "status": message.status,
        }


class StepSerializer(serializers.Serializer[Step]):
    status = serializers.CharField()
    at = serializers.DateTimeField()


class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    invitationId = serializers.CharField(source="pk")
    phoneNumber = serializers.CharField(source="phone_number")
    senderName = serializers.CharField(source="sender_name")
    status = serializers.CharField(source="newest_message.status")
    messageId = serializers.CharField(source="newest_message.wamid")
    createdAt = serializers.DateTimeField(source="created_at")
    failure = serializers.SerializerMethodField()

    class Meta:
        model = Invitation
        fields: tuple[str, ...] = (
            "invitationId", "phoneNumber", "senderName", "message", "status", "messageId", "createdAt", "state",
            "failure",
        )  # fmt: skip

    def get_failure(self, invitation: Invitation) -> dict[str, Any] | None:
        failure = failure_of(invitation.newest_message)
        if failure is None:
            return None
        return {
            "code": failure.code,
            "metaCode": failure.meta_code,
            "error": failure.error,
            "detail": failure.detail,
        }


class InvitationDetailSerializer(InvitationSerializer):
    timeline = serializers.SerializerMethodField()

    class Meta(InvitationSerializer.Meta):
        fields = (*InvitationSerializer.Meta.fields, "timeline")

    def get_timeline(self, invitation: Invitation) -> list[dict[str, Any]]:
        return [StepSerializer(step).data for step in steps_of(invitation.newest_message)]
