"""The failures that an operation may answer, told by the exceptions that lead to them.

Status, code and sentences come from the exception handler that answers them: they cannot differ from it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import exceptions
from rest_framework.response import Response

from communications.api.description.schemas import Schema, by_name, flag, identifier, list_of, one_of, record, ref, text
from communications.api.parsers import BODY_LIMIT, BodyTooLarge, EncodedBody, LengthRequired, NotAnObject
from communications.errors import (
    DeliveryUnconfirmed,
    IdempotencyConflict,
    IdempotencyKeyReused,
    InvalidIdempotencyKey,
    RecipientOptedOut,
    SendFailed,
    ServiceUnavailable,
)

Handler = Callable[[Exception, dict[str, Any]], Response | None]
Responses = dict[tuple[int, str], OpenApiResponse]

JSON = "application/json"

FAILURE: Schema = record(
    {
        "success": {"type": "boolean", "const": False},
        "error": text("A sentence to show to the person."),
        "code": text("A stable word for programs."),
        "detail": text("What to do; show it where there is room."),
        "retryable": flag("Whether the same request may work later."),
        "fields": by_name(list_of(text()), "What is wrong with which field; `buttons[1].title` is within one."),
        "metaCode": {"type": "integer", "description": "Meta's code, where Meta answered."},
        "fbtraceId": text("Meta's name for the exchange, for its support."),
        "invitationId": identifier("Of the invitation that it is about."),
        "id": identifier("Of the message that it is about."),
    },
    optional=("fields", "metaCode", "fbtraceId", "invitationId", "id"),
    description="Every failure has this shape.",
)

# Of any operation that asks who is there.
EVERYWHERE = (
    exceptions.NotAuthenticated(),
    exceptions.AuthenticationFailed(),
    exceptions.PermissionDenied(
        "This token lacks the scope messages. Make one that has it: "
        "manage.py create_api_token USERNAME --scope messages."
    ),
    exceptions.NotAcceptable(),
    LengthRequired(),
    BodyTooLarge(BODY_LIMIT),
    EncodedBody("gzip"),
    exceptions.Throttled(wait=30),
    ServiceUnavailable("The database did not answer. Try again in a moment.", retry_after=5),
)
NOT_FOUND = (exceptions.NotFound(),)
# Of one that takes a JSON object.
UNREADABLE = (exceptions.ParseError(), NotAnObject(), exceptions.UnsupportedMediaType("text/plain"))
# Of one that takes an Idempotency-Key.
KEY = (InvalidIdempotencyKey(), IdempotencyConflict(), IdempotencyKeyReused())
# Of one that waits for Meta's answer.
SENDING = (
    RecipientOptedOut(),
    SendFailed(meta_code=131026, fbtrace_id="AbCdEf123"),
    ServiceUnavailable(
        "Meta cannot be reached at the moment. Nothing was sent. Try again in a minute.", retry_after=60
    ),
    DeliveryUnconfirmed("WhatsApp has not confirmed this message yet."),
)

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": "^[!-~]{1,255}$"},
    OpenApiParameter.HEADER,
    description=(
        "One of yours for each message: visible ASCII characters. Repeat a request under its key as often as you like; "
        "one message leaves, and each repetition gets the same answer. What was refused before a message could leave "
        "(400, 409, 429, 503) releases the key."
    ),
    examples=[OpenApiExample("A key", "invoice-1024")],
)


def header_parameters(responses: Iterable[tuple[int, str]]) -> list[OpenApiParameter]:
    """The headers that failures carry, for those of the `responses` that have them."""
    statuses = {str(status) for status, _media_type in responses}
    headers = (
        ("Retry-After", {"409", "429", "503"}, {"type": "integer"}, "Seconds to wait, where they are known."),
        ("WWW-Authenticate", {"401"}, {"type": "string"}, "`Bearer`."),
    )
    return [
        OpenApiParameter(name, schema, OpenApiParameter.HEADER, description=said, response=sorted(carry & statuses))
        for name, carry, schema, said in headers
        if carry & statuses
    ]


def failure_responses(handle: Handler, *found: Exception) -> Responses:
    """What `handle` answers to each of `found`, together by status, with one example for each."""
    answers: dict[int, list[Response]] = defaultdict(list)
    for exception in found:
        answer = handle(exception, {})
        assert answer is not None, exception  # noqa: S101  (only what nobody foresaw has no answer)
        answers[answer.status_code].append(answer)
    return {(status, JSON): _response(answers[status]) for status in sorted(answers)}


def _response(answers: list[Response]) -> OpenApiResponse:
    bodies = [dict(answer.data) for answer in answers]
    codes = list(dict.fromkeys(body["code"] for body in bodies))
    errors = dict.fromkeys(str(body["error"]) for body in bodies)
    return OpenApiResponse(
        {"allOf": [ref("Failure")], "properties": {"code": one_of(codes)}},
        description=". ".join(errors) + ".",
        examples=[OpenApiExample(error, _first(bodies, error), response_only=True) for error in errors],
    )


def _first(bodies: list[dict[str, Any]], error: str) -> dict[str, Any]:
    return next(body for body in bodies if str(body["error"]) == error)
