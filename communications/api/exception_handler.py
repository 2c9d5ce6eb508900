"""Every failure of the API in one shape: error, code, detail, retryable, and what else is known."""

import logging
import math
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.settings import api_settings

from communications.api.errors import MessageNotSent
from communications.api.parsers import BodyTooLarge, EncodedBody, LengthRequired, NotAnObject
from communications.errors import (
    Cancelled,
    DeliveryUnconfirmed,
    IdempotencyConflict,
    IdempotencyKeyReused,
    InvalidIdempotencyKey,
    InvalidMessage,
    InvalidPhoneNumber,
    NotSentInTime,
    RecipientOptedOut,
    SendFailed,
    ServiceUnavailable,
    TooManyRequests,
    WhatsAppError,
)

logger = logging.getLogger(__name__)

_STATUS: dict[type[WhatsAppError], int] = {
    InvalidPhoneNumber: 400,
    InvalidMessage: 400,
    InvalidIdempotencyKey: 400,
    RecipientOptedOut: 409,
    IdempotencyConflict: 409,
    NotSentInTime: 409,
    Cancelled: 409,
    IdempotencyKeyReused: 422,
    TooManyRequests: 429,
    SendFailed: 502,
    ServiceUnavailable: 503,
    DeliveryUnconfirmed: 504,
}

# What a person reads for the failures that REST framework finds: code, error, what to do.
_REQUEST_FAILURES: dict[type[exceptions.APIException], tuple[str, str, str]] = {
    exceptions.NotAuthenticated: (
        "not_authenticated", "You are not signed in", "Sign in, or send Authorization: Bearer <token>.",
    ),
    exceptions.AuthenticationFailed: (
        "not_authenticated", "Your sign-in is not valid", "Sign in again, or use a token that has not expired.",
    ),
    exceptions.PermissionDenied: ("permission_denied", "You may not do this", "Use an account that may do it."),
    exceptions.NotFound: ("not_found", "There is nothing here", "Check the address."),
    exceptions.MethodNotAllowed: ("method_not_allowed", "This address does not take that method", "Use one of Allow."),
    exceptions.NotAcceptable: ("not_acceptable", "This API answers in JSON", "Accept application/json."),
    exceptions.ParseError: ("invalid_request", "The request body is not JSON", "Send one JSON object."),
    exceptions.UnsupportedMediaType: (
        "unsupported_media_type", "This API takes JSON only", "Send Content-Type: application/json.",
    ),
    NotAnObject: ("invalid_request", "The request body is not a JSON object", "Send one JSON object."),
    EncodedBody: (
        "unsupported_media_type", "The request body is compressed", "Send it plain, without Content-Encoding.",
    ),
    LengthRequired: (
        "length_required", "The request does not say how long it is", "Send Content-Length, not Transfer-Encoding.",
    ),
    BodyTooLarge: ("body_too_large", "The request is too large", "Send less at once."),
}  # fmt: skip


def handle(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Turn an exception into an answer; None lets what nobody foresaw become a 500."""
    if isinstance(exc, MessageNotSent):
        return explained(exc.failure, id=str(exc.message.pk))
    if isinstance(exc, WhatsAppError):
        return explained(exc)
    if isinstance(exc, OperationalError | InterfaceError):
        logger.error("The database did not answer: %s", type(exc).__name__)
        return explained(ServiceUnavailable("The database did not answer. Try again in a moment.", retry_after=5))
    if isinstance(exc, exceptions.ValidationError):
        return _invalid(exc)
    return _request_failure(exc)


def explained(failure: WhatsAppError, *, status: int | None = None, **ids: str) -> Response:
    """The answer that tells a failure, with the `ids` of the rows that it left."""
    status = status or next(_STATUS[kind] for kind in type(failure).__mro__ if kind in _STATUS)
    body = _body(failure.error, failure.code, failure.detail, retryable=failure.retryable)
    if failure.meta_code is not None:
        body["metaCode"] = failure.meta_code
    if failure.fbtrace_id:
        body["fbtraceId"] = failure.fbtrace_id
    return Response({**body, **ids}, status=status, headers=_retry_after(failure.retry_after))


def _invalid(exc: exceptions.ValidationError) -> Response:
    """Name the field that is wrong; a wrong phone number comes first, whatever else is."""
    fields = dict(_flat(exc.detail)) if isinstance(exc.detail, dict) else {"body": exc.detail}
    if "phoneNumber" in fields:
        body = _body("Invalid phone number", "invalid_phone_number", str(fields["phoneNumber"][0]), retryable=False)
    else:
        name = next(iter(fields))
        body = _body(f"Invalid {name}", "invalid_request", str(fields[name][0]), retryable=False)
    return Response({**body, "fields": fields}, status=400)


def _flat(found: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Bring what is wrong within lists and objects to one level: `buttons[1].title`."""
    if isinstance(found, dict):
        for name, inner in found.items():
            yield from _flat(inner, _step(path, name))
    elif isinstance(found, list) and any(isinstance(inner, dict) for inner in found):
        for place, inner in enumerate(found):
            yield from _flat(inner, _step(path, place))
    else:
        yield path, found


def _step(path: str, name: str | int) -> str:
    if name == api_settings.NON_FIELD_ERRORS_KEY:
        return path
    if isinstance(name, int):
        return f"{path}[{name}]"
    return f"{path}.{name}" if path else name


def _request_failure(exc: Exception) -> Response | None:
    if isinstance(exc, Http404):
        exc = exceptions.NotFound()
    elif isinstance(exc, DjangoPermissionDenied):
        exc = exceptions.PermissionDenied()
    if isinstance(exc, exceptions.Throttled):
        return explained(TooManyRequests(getattr(exc, "wait", None)))
    if not isinstance(exc, exceptions.APIException):
        return None
    code, error, advice = _REQUEST_FAILURES.get(type(exc), (exc.default_code, str(exc.detail), "Change the request."))
    if isinstance(exc, exceptions.PermissionDenied | BodyTooLarge) and exc.detail != exc.default_detail:
        advice = str(exc.detail)
    challenge = getattr(exc, "auth_header", None)
    headers = {"WWW-Authenticate": challenge} if challenge else {}
    body = _body(error, code, advice, retryable=False)
    return Response(body, status=exc.status_code, headers=headers)


def _body(error: str, code: str, detail: str, *, retryable: bool) -> dict[str, Any]:
    return {"success": False, "error": error, "code": code, "detail": detail, "retryable": retryable}


def _retry_after(seconds: float | None) -> dict[str, str]:
    return {} if seconds is None else {"Retry-After": str(math.ceil(seconds))}
