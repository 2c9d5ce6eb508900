"""What a request's body has to be: JSON, of bounded and declared size, in one object."""

from collections.abc import Mapping
from typing import Any

from rest_framework import status
from rest_framework.exceptions import APIException, ParseError, UnsupportedMediaType
from rest_framework.parsers import JSONParser
from rest_framework.request import Request

from communications.request_bodies import declared_length

BODY_LIMIT = 64 * 1024


class BodyTooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE

    def __init__(self, limit: int) -> None:
        super().__init__(f"Send at most {limit // 1024} KB.")


class LengthRequired(APIException):
    status_code = status.HTTP_411_LENGTH_REQUIRED


class EncodedBody(UnsupportedMediaType):
    """The body is compressed, or encoded in another way."""


class NotAnObject(ParseError):
    """JSON, but a list, a number, text or null."""


def require_readable_body(request: Request, *, limit: int = BODY_LIMIT) -> None:
    """Refuse a body by its headers, before anything reads it: Django has a limit of its own, and answers in HTML."""
    if "Transfer-Encoding" in request.headers:
        # WSGI ends a body at its declared length; without one it looks empty.
        raise LengthRequired
    if declared_length(request) > limit:
        raise BodyTooLarge(limit)
    encoding = request.headers.get("Content-Encoding", "identity")
    if encoding.strip().lower() != "identity":
        raise EncodedBody(encoding)


class JSONObjectParser(JSONParser):
    """One JSON object; its size is bounded by `require_readable_body`."""

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        try:
            data = super().parse(stream, media_type, parser_context)
        except RecursionError as exc:
            raise ParseError("The JSON is nested too deeply.") from exc
        if not isinstance(data, dict):
            raise NotAnObject
        return data
