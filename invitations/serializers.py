"""Shapes of the invitation API: JSON, camelCase. Values are JSON strings; numbers are not converted."""

from typing import Any

from rest_framework import serializers

from communications.api.answers import timeline_of, told_failure
from communications.api.fields import MessageField, OptionalStringField, PhoneNumberField, TrueOrFalseField
from invitations.models import Invitation, sender_defaults


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
            "messageId": message.wamid if message else None,
            "invitationId": str(invitation.pk),
            "status": message.status if message else None,
        }


class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    invitationId = serializers.CharField(source="pk")
    phoneNumber = serializers.CharField(source="phone_number")
    senderName = serializers.CharField(source="sender_name")
    status = serializers.CharField(source="newest_message.status", allow_null=True)
    messageId = serializers.CharField(source="newest_message.wamid", allow_null=True)
    createdAt = serializers.DateTimeField(source="created_at")
    state = serializers.CharField(source="standing")
    failure = serializers.SerializerMethodField()

    class Meta:
        model = Invitation
        fields: tuple[str, ...] = (
            "invitationId", "phoneNumber", "senderName", "message", "status", "messageId", "createdAt", "state",
            "failure",
        )  # fmt: skip

    def get_failure(self, invitation: Invitation) -> dict[str, Any] | None:
        return told_failure(invitation.newest_message) if invitation.newest_message else None


class InvitationDetailSerializer(InvitationSerializer):
    timeline = serializers.SerializerMethodField()

    class Meta(InvitationSerializer.Meta):
        fields = (*InvitationSerializer.Meta.fields, "timeline")

    def get_timeline(self, invitation: Invitation) -> list[dict[str, Any]]:
        return timeline_of(invitation.newest_message) if invitation.newest_message else []
