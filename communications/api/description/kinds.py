"""The request for a message, one schema for each type: fields from the serializers, limits from the builders."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import serializers

from communications.api import kinds, parts
from communications.api.bodies import LATEST, MessageBody, ReplyingBody, StrictSerializer
from communications.api.description.schemas import Schema, or_null, text
from communications.api.kinds import KINDS, NOTIFICATIONS
from communications.graph import interactive_payloads as interactive
from communications.graph.media_protocol import MEDIA_ID_LIMIT
from communications.graph.protocol import WAMID_LIMIT
from communications.graph.shared_payloads import CARDS_LIMIT, NAME_LIMIT
from communications.media.limits import CAPTION_LIMIT, FILENAME_LIMIT, TYPES, WITH_CAPTION
from communications.media.links import LINK_LIMIT

_LANGUAGES = sorted({language for each in NOTIFICATIONS.values() for language in each.languages})
_FIELDS = "; ".join(f"{name}: {', '.join(each.fields)}" for name, each in NOTIFICATIONS.items())


def _up_to(limit: int, **more: Any) -> Schema:
    return {"minLength": 1, "maxLength": limit, **more}


def _or_empty(limit: int, **more: Any) -> Schema:
    return {"maxLength": limit, **more}


def _items(limit: int) -> Schema:
    return {"minItems": 1, "maxItems": limit}


_WAMID: Schema = _up_to(WAMID_LIMIT)
_LINK: Schema = {"maxLength": LINK_LIMIT, "pattern": "^https://", "description": "Public, over https, on port 443."}
_MEDIA_ID: Schema = {
    "maxLength": MEDIA_ID_LIMIT,
    "pattern": "^[A-Za-z0-9_.-]+$",
    "description": "The ID that Meta gave to an upload of this account.",
}
_HEADER: Schema = _or_empty(interactive.HEADER_LIMIT)

# What the serializers leave to the builders. A base comes before what is made of it.
_LIMITS: dict[type[StrictSerializer], Mapping[str, Schema]] = {
    MessageBody: {
        "sendAt": {"description": f"In the future, at most {LATEST.days} days ahead. Without it, at once."},
        "expiresAt": {"description": f"Not sent any more after this: {LATEST.days} days after the sending at most."},
    },
    ReplyingBody: {"replyTo": {**_WAMID, "description": "The wamid of the message that this one answers and quotes."}},
    kinds.TemplateBody: {
        "template": {"enum": list(NOTIFICATIONS)},
        "fields": {"description": f"The template's fields by name. {_FIELDS}."},
        "language": {"enum": [*_LANGUAGES, ""], "description": "By default that of the number's country."},
    },
    kinds.MediaBody: {
        "link": _LINK,
        "mediaId": _MEDIA_ID,
        "caption": _or_empty(CAPTION_LIMIT),
        "filename": _or_empty(FILENAME_LIMIT),
    },
    kinds.InteractiveBody: {"body": _up_to(interactive.BODY_LIMIT)},
    kinds.FramedBody: {"header": _HEADER, "footer": _or_empty(interactive.FOOTER_LIMIT)},
    kinds.ButtonsBody: {"buttons": _items(interactive.BUTTONS_LIMIT)},
    kinds.ListBody: {
        "body": _up_to(interactive.LIST_BODY_LIMIT),
        "button": _up_to(interactive.LABEL_LIMIT),
        "sections": {
            **_items(interactive.SECTIONS_LIMIT),
            "description": f"With {interactive.ROWS_LIMIT} rows at most in all.",
        },
    },
    kinds.LinkBody: {
        "label": _up_to(interactive.LABEL_LIMIT),
        "url": _up_to(interactive.URL_LIMIT, pattern="^[Hh][Tt][Tt][Pp][Ss]?://"),
    },
    kinds.LocationBody: {"name": _or_empty(NAME_LIMIT), "address": _or_empty(NAME_LIMIT)},
    kinds.ContactsBody: {"contacts": _items(CARDS_LIMIT)},
    kinds.ReactionBody: {
        "messageId": {**_WAMID, "description": "The wamid of the message that it is about."},
        "emoji": {"description": "One emoji; an empty text takes the reaction back."},
    },
    parts.ButtonPart: {
        "id": _up_to(interactive.BUTTON_ID_LIMIT),
        "title": _up_to(interactive.LABEL_LIMIT),
    },
    parts.SectionPart: {
        "title": _or_empty(interactive.SECTION_TITLE_LIMIT, description="May be empty where it is the only one."),
        "rows": _items(interactive.ROWS_LIMIT),
    },
    parts.RowPart: {
        "id": _up_to(interactive.ROW_ID_LIMIT),
        "title": _up_to(interactive.ROW_TITLE_LIMIT),
        "description": _or_empty(interactive.ROW_DESCRIPTION_LIMIT),
    },
    parts.CardPart: {
        "name": _up_to(NAME_LIMIT),
        "company": _or_empty(NAME_LIMIT),
        "emails": {"items": text(**_up_to(NAME_LIMIT))},
        "urls": {"items": text(**_up_to(NAME_LIMIT))},
    },
    parts.PhonePart: {
        "number": _up_to(NAME_LIMIT),
        "waId": _or_empty(NAME_LIMIT, description="With it the card offers to write to the number."),
    },
    parts.FilePart: {"link": _LINK, "mediaId": _MEDIA_ID, "filename": _or_empty(FILENAME_LIMIT)},
}
_ONE_SOURCE: Schema = {
    "oneOf": [{"required": [name], "properties": {name: {"type": "string"}}} for name in ("link", "mediaId")]
}


class StrictExtension(OpenApiSerializerExtension):
    """Nothing beside the known fields, null for absent, and the limits that the builders set."""

    target_class = StrictSerializer
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: Any) -> Schema:
        schema: Schema = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        properties = schema["properties"]
        for name, limits in _limits_of(type(self.target)).items():
            if name in properties:
                properties[name] = {**properties[name], **limits}
        if isinstance(self.target, kinds.ButtonsBody | kinds.LinkBody):
            file = auto_schema.resolve_serializer(parts.FilePart, direction).ref
            properties["header"] = {"anyOf": [properties["header"], file], "description": "A text, or a file over it."}
        if "type" in properties and isinstance(self.target, MessageBody):
            properties["type"] = {"type": "string", "const": self.target.kind}  # type: ignore[attr-defined]
        required = schema.get("required", [])
        schema["properties"] = {name: each if name in required else or_null(each) for name, each in properties.items()}
        one_source = _ONE_SOURCE if isinstance(self.target, kinds.MediaBody | parts.FilePart) else {}
        return {**schema, "additionalProperties": False, **one_source}


def _limits_of(serializer: type[serializers.BaseSerializer[Any]]) -> dict[str, Schema]:
    found = [limits for base, limits in _LIMITS.items() if issubclass(serializer, base)]
    return {name: schema for limits in found for name, schema in limits.items()}


def _body_of(kind: str, body: type[MessageBody]) -> type[MessageBody]:
    """The request of one type under a name of its own."""
    name = f"{kind.title().replace('_', '')}MessageRequest"
    return type(name, (body,), {"kind": kind, "__doc__": f"A message of the type `{kind}`.", **_absent(kind)})


def _absent(kind: str) -> dict[str, None]:
    """What only files of other types have; None takes a field out of a serializer."""
    having = {"caption": WITH_CAPTION, "filename": {"document"}} if kind in TYPES else {}
    return {name: None for name, kinds_with_it in having.items() if kind not in kinds_with_it}


MESSAGE_REQUEST = PolymorphicProxySerializer(
    component_name="MessageRequest",
    serializers={kind: _body_of(kind, body) for kind, body in KINDS.items()},
    resource_type_field_name="type",
)
