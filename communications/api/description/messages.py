"""What is said of the API for messages."""

from rest_framework.exceptions import ValidationError

from communications.api.description.failures import IDEMPOTENCY_KEY, JSON, KEY, NOT_FOUND, SENDING, UNREADABLE
from communications.api.description.kinds import MESSAGE_REQUEST
from communications.api.description.message_examples import MESSAGE, QUEUED, REQUESTS, SENT
from communications.api.description.operations import ID, answer, describe, operation, taken
from communications.api.exception_handler import handle
from communications.api.views import MessageDetailView, WhatsAppMessageView
from communications.errors import NotSentInTime

_TAG = "Messages"

describe(
    WhatsAppMessageView,
    post=operation(
        "sendMessage",
        "Send one message, now or at its time",
        "Whatever Dott has to say to one person: an invoice is ready, an appointment is near, a question with buttons. "
        "`type` says which fields there are; one that the type does not have is refused by name, and `null` counts as "
        "absent. Texts go out verbatim.\n\nOnly a template reaches people who have not written in the last 24 hours. "
        "It takes the permission `communications.send_messages`; `MESSAGE_RATE` bounds how many a user asks for.",
        tag=_TAG,
        handle=handle,
        request={JSON: MESSAGE_REQUEST},
        examples=[taken(kind, request) for kind, request in REQUESTS.items()],
        parameters=[IDEMPOTENCY_KEY],
        responses={
            (200, JSON): answer("MessageSent", "WhatsApp accepted it; it may not have arrived yet.", Sent=SENT),
            (202, JSON): answer("MessageSent", "It waits for its `sendAt`.", Queued=QUEUED),
        },
        failures=[
            ValidationError({"phoneNumber": ["Start with + and the country code, for example +13855007716."]}),
            ValidationError(
                {"buttons": [{}, {"title": ["The title of button 2 has 24 characters; WhatsApp takes 20."]}]}
            ),
            *UNREADABLE,
            *KEY,
            *SENDING,
            NotSentInTime(),
        ],
    ),
)

describe(
    MessageDetailView,
    get=operation(
        "readMessage",
        "One message, and how far it has come",
        "For whoever asked for the message, and for staff; 404 for everybody else.",
        tag=_TAG,
        handle=handle,
        parameters=[ID],
        responses={(200, JSON): answer("Message", "The message with its timeline.", Message=MESSAGE)},
        failures=NOT_FOUND,
    ),
)
