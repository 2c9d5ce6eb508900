"""What is said of the API for single invitations."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError

from communications.api.description.failures import IDEMPOTENCY_KEY, JSON, KEY, NOT_FOUND, SENDING, UNREADABLE
from communications.api.description.operations import ID, answer, describe, operation, taken
from invitations.description import examples
from invitations.errors import InvitationClosed, QuotaReached, RecentlyInvited
from invitations.exception_handler import handle
from invitations.life_api import ResendView, RevokeView
from invitations.models import Invitation
from invitations.preview_api import WhatsAppPreviewView
from invitations.serializers import InvitationCreateSerializer
from invitations.views import InvitationDetailView, InvitationListView, WhatsAppInvitationView

TAG = "Invitations"
CURSOR = OpenApiParameter(
    "cursor", str, OpenApiParameter.QUERY, description="Of a neighbouring page, as `next` and `previous` have it."
)
_INVITATION = Invitation(pk=UUID(examples.SENT["invitationId"]), state=Invitation.State.REVOKED)
WRONG_NUMBER = ValidationError({"phoneNumber": ["Start with + and the country code, for example +13855007716."]})
WRONG_FIELD = ValidationError({"message": ["Write a message: it is empty."]})
_CLOSED = InvitationClosed(_INVITATION)


def _recently_invited() -> RecentlyInvited:
    refusal = RecentlyInvited(_INVITATION, retry_after=7200)
    refusal.detail = "You can invite them again from 2026-11-23 12:00 UTC."
    return refusal


_DECIDED: tuple[Exception, ...] = (_recently_invited(), QuotaReached(200, retry_after=3600))
_SENT: dict[Any, Any] = {
    (200, JSON): answer("InvitationSent", "WhatsApp accepted it; it may not have arrived yet.", Sent=examples.SENT)
}

describe(
    WhatsAppInvitationView,
    post=operation(
        "sendInvitation",
        "Invite one person",
        "Sends the words as they are to somebody who wrote in the last 24 hours, and in the template of "
        "`WHATSAPP_INVITATION_TEMPLATE` to everybody else. Any active user may invite, within `INVITATION_RATE` and "
        "`INVITATION_DAILY_QUOTA`. After the cool-down, a person with an open invitation is sent that one again.\n\n"
        "An optional value that is `null` or empty counts as absent; unknown fields are passed over.",
        tag=TAG,
        handle=handle,
        request={JSON: InvitationCreateSerializer},
        examples=[taken("An invitation", examples.INVITATION_REQUEST)],
        parameters=[IDEMPOTENCY_KEY],
        responses=_SENT,
        failures=[WRONG_NUMBER, WRONG_FIELD, *UNREADABLE, *KEY, *_DECIDED, *SENDING],
    ),
)

describe(
    WhatsAppPreviewView,
    post=operation(
        "previewInvitation",
        "What would be sent, and whether it may be",
        "Takes the body of the invitation. Nothing is written and nothing leaves. A body that is wrong itself is 400, "
        "everything else is 200. It has a rate of its own.",
        tag=TAG,
        handle=handle,
        request={JSON: InvitationCreateSerializer},
        examples=[taken("An invitation", examples.INVITATION_REQUEST)],
        responses={(200, JSON): answer("InvitationPreview", "What the person would read.", Preview=examples.PREVIEW)},
        failures=[WRONG_NUMBER, WRONG_FIELD, *UNREADABLE],
    ),
)

describe(
    InvitationListView,
    get=operation(
        "listInvitations",
        "One's own invitations",
        "Newest first, 50 a page, without their timelines; staff see all.",
        tag=TAG,
        handle=handle,
        parameters=[CURSOR],
        responses={
            (200, JSON): answer(
                "InvitationPage",
                "One page.",
                Page={"next": None, "previous": None, "results": [examples.INVITATION]},
            )
        },
        failures=NOT_FOUND,
    ),
)

describe(
    InvitationDetailView,
    get=operation(
        "readInvitation",
        "One invitation, and how far it has come",
        "With the timeline of its newest message. Users see their own, staff see all.",
        tag=TAG,
        handle=handle,
        parameters=[ID],
        responses={(200, JSON): answer("InvitationWithTimeline", "The invitation.", Invitation=examples.WITH_TIMELINE)},
        failures=NOT_FOUND,
    ),
)

describe(
    ResendView,
    post=operation(
        "resendInvitation",
        "Send an invitation once more",
        "As it is and under the same ID, within the rules of a first one. No body.",
        tag=TAG,
        handle=handle,
        parameters=[ID, IDEMPOTENCY_KEY],
        responses=_SENT,
        failures=[*UNREADABLE, *KEY, *_DECIDED, *SENDING, _CLOSED, *NOT_FOUND],
    ),
)

describe(
    RevokeView,
    post=operation(
        "revokeInvitation",
        "Take an invitation back",
        "Its link answers as one that never was. Repeating it is the same as once. No body.",
        tag=TAG,
        handle=handle,
        parameters=[ID],
        responses={(200, JSON): answer("InvitationRevoked", "It is taken back.", Revoked=examples.REVOKED)},
        failures=[_CLOSED, *NOT_FOUND],
    ),
)
