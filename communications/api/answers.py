"""What the API says of a message: what was asked for, how far it has come, and why it went no further."""

from typing import Any

from rest_framework import serializers

from communications.api.failures import failure_of
from communications.api.timelines import Step, steps_of
from communications.models import Message, Status

# What a request calls the kinds that Meta calls all the same.
_INTERACTIVE = {
    "button": "buttons",
    "list": "list",
    "cta_url": "link",
    "location_request_message": "location_request",
    "request_contact_info": "contact_request",
}


class StepSerializer(serializers.Serializer[Step]):
    status = serializers.CharField()
    at = serializers.DateTimeField()


def timeline_of(message: Message) -> list[dict[str, Any]]:
    return [StepSerializer(step).data for step in steps_of(message)]


def told_failure(message: Message) -> dict[str, Any] | None:
    """Why the message did not get through; None where nothing is wrong."""
    failure = failure_of(message)
    if failure is None:
        return None
    return {"code": failure.code, "metaCode": failure.meta_code, "error": failure.error, "detail": failure.detail}


class MessageSentSerializer(serializers.Serializer[Message]):
    """The answer to a message that WhatsApp accepted, or that waits for its time."""

    def to_representation(self, message: Message) -> dict[str, Any]:
        waits = message.status == Status.QUEUED
        return {
            "success": True,
            "message": "WhatsApp message queued" if waits else "WhatsApp message sent successfully",
            "messageId": message.wamid,
            "id": str(message.pk),
            "status": message.status,
        }


class MessageSerializer(serializers.ModelSerializer[Message]):
    phoneNumber = serializers.CharField(source="to_number")
    type = serializers.SerializerMethodField()
    messageId = serializers.CharField(source="wamid")
    createdAt = serializers.DateTimeField(source="created_at")
    sendAt = serializers.DateTimeField(source="due_at")
    expiresAt = serializers.DateTimeField(source="expires_at")
    failure = serializers.SerializerMethodField()
    timeline = serializers.SerializerMethodField()

    class Meta:
        model = Message
        fields = (
            "id", "phoneNumber", "type", "text", "status", "messageId", "createdAt", "sendAt", "expiresAt", "failure",
            "timeline",
        )  # fmt: skip

    def get_type(self, message: Message) -> str:
        """The `type` of the request."""
        if message.kind != "interactive":
            return message.kind
        kind: str = message.content["interactive"]["type"]
        return _INTERACTIVE.get(kind, kind)

    def get_failure(self, message: Message) -> dict[str, Any] | None:
        return told_failure(message)

    def get_timeline(self, message: Message) -> list[dict[str, Any]]:
        return timeline_of(message)
