"""What drf-spectacular is told of a view without the view knowing it, and how a caller signs in."""

from collections.abc import Callable, Sequence
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiViewExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.views import APIView

from communications.api.authentication import BearerAuthentication, SameSiteSessionAuthentication
from communications.api.description.failures import EVERYWHERE, JSON, Handler, failure_responses, header_parameters
from communications.api.description.schemas import Schema, ref

Operation = Callable[[Any], Any]

ID = OpenApiParameter("id", {"type": "string", "format": "uuid"}, OpenApiParameter.PATH, description="Its ID.")


class BearerToken(OpenApiAuthenticationExtension):
    target_class = BearerAuthentication
    name = "bearerToken"

    def get_security_requirement(self, auto_schema: AutoSchema) -> dict[str, list[str]]:
        view: Any = auto_schema.view
        return {self.name: [view.required_scope]}

    def get_security_definition(self, auto_schema: AutoSchema) -> Schema:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A token of `manage.py create_api_token USERNAME`, with the scope that is named here.",
        }


class SessionCookie(OpenApiAuthenticationExtension):
    target_class = SameSiteSessionAuthentication
    name = "sessionCookie"

    def get_security_definition(self, auto_schema: AutoSchema) -> Schema:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "Of a signed-in user. A page of another site may not use it: 403.",
        }


def describe(view: type[APIView], **operations: Operation) -> None:
    """Tell drf-spectacular what each method of `view` does."""

    def view_replacement(extension: OpenApiViewExtension) -> Any:
        described = type(view.__name__, (extension.target_class,), {})  # type: ignore[arg-type]
        return extend_schema_view(**operations)(described)

    members = {"target_class": view, "view_replacement": view_replacement}
    type(f"{view.__name__}Extension", (OpenApiViewExtension,), members)


def operation(
    name: str,
    summary: str,
    description: str,
    *,
    tag: str,
    handle: Handler,
    responses: dict[Any, Any],
    failures: Sequence[Exception] = (),
    parameters: Sequence[OpenApiParameter] = (),
    request: Any = None,
    examples: Sequence[OpenApiExample] = (),
) -> Operation:
    """One operation, with the failures that `handle` answers beside those of every operation."""
    refused = failure_responses(handle, *failures, *EVERYWHERE)
    return extend_schema(
        operation_id=name,
        summary=summary,
        description=description,
        tags=[tag],
        request=request,
        parameters=[*parameters, *header_parameters(refused)],
        responses={**responses, **refused},
        examples=list(examples),
    )


def answer(schema: str | Schema, description: str, **examples: Any) -> OpenApiResponse:
    """A body of JSON: the name of a schema, or one. Examples by their names; an underscore stands for a space."""
    return OpenApiResponse(
        ref(schema) if isinstance(schema, str) else schema,
        description=description,
        examples=[OpenApiExample(name.replace("_", " "), value) for name, value in examples.items()],
    )


def taken(name: str, value: Any, media_type: str = JSON) -> OpenApiExample:
    """An example of a request."""
    return OpenApiExample(name, value, request_only=True, media_type=media_type)
