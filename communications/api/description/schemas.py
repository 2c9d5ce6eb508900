"""The few words of JSON Schema that the answers of the API are told in; `communications/api/answers.py` makes them."""

from collections.abc import Iterable, Mapping
from typing import Any

from communications.api.kinds import KINDS
from communications.models import Status

Schema = dict[str, Any]


def text(description: str = "", **more: Any) -> Schema:
    return _told({"type": "string", **more}, description)


def number(description: str = "", **more: Any) -> Schema:
    return _told({"type": "number", **more}, description)


def count(description: str = "") -> Schema:
    return _told({"type": "integer", "minimum": 0}, description)


def flag(description: str = "") -> Schema:
    return _told({"type": "boolean"}, description)


def moment(description: str = "") -> Schema:
    return text(description, format="date-time")


def identifier(description: str = "") -> Schema:
    return text(description, format="uuid")


def one_of(words: Iterable[str], description: str = "") -> Schema:
    return text(description, enum=list(words))


def list_of(items: Schema, description: str = "") -> Schema:
    return _told({"type": "array", "items": items}, description)


def record(properties: Mapping[str, Schema], *, optional: Iterable[str] = (), description: str = "") -> Schema:
    """An object with these fields; only the `optional` may be missing."""
    required = [name for name in properties if name not in set(optional)]
    return _told({"type": "object", "properties": dict(properties), "required": required}, description)


def by_name(values: Schema, description: str = "", *, names: Iterable[str] = ()) -> Schema:
    """An object whose fields are not known beforehand, unless `names` says what they may be."""
    known = {"propertyNames": {"enum": list(names)}} if names else {}
    return _told({"type": "object", "additionalProperties": values, **known}, description)


def or_null(schema: Schema) -> Schema:
    kind = schema.get("type")
    if isinstance(kind, list):
        return schema
    if kind and not {"enum", "const"} & set(schema):
        return {**schema, "type": [kind, "null"]}
    bare = {word: said for word, said in schema.items() if word != "description"}
    return _told({"anyOf": [bare, {"type": "null"}]}, schema.get("description", ""))


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _told(schema: Schema, description: str) -> Schema:
    return {**schema, **({"description": description} if description else {})}


SUCCESS = {"type": "boolean", "const": True}
STATUS = one_of(Status.values, "How far the newest message has come. It only moves forward.")
WAMID = text("The ID that WhatsApp gave to the message.")
PHONE = text("E.164, with its plus sign.")

# By their names in the description.
SCHEMAS: dict[str, Schema] = {
    "Step": record(
        {"status": one_of(Status.values), "at": moment("By the clock of whoever reported it.")},
        description="One step that a message has gone.",
    ),
    "WhyNotDelivered": record(
        {
            "code": text("A stable word for programs."),
            "metaCode": or_null({"type": "integer", "description": "Meta's code, where Meta refused it."}),
            "error": text("A sentence for a person."),
            "detail": text("What to do."),
        },
        description="Why a message did not get through, or is not confirmed.",
    ),
    "MessageSent": record(
        {
            "success": SUCCESS,
            "message": text(),
            "messageId": or_null(WAMID),
            "id": identifier("Ours: ask for the message by it."),
            "status": one_of(Status.values),
        }
    ),
    "Message": record(
        {
            "id": identifier(),
            "phoneNumber": PHONE,
            "type": one_of(KINDS, "The type of the request."),
            "text": text("What the person reads of it."),
            "status": STATUS,
            "messageId": or_null(WAMID),
            "createdAt": moment(),
            "sendAt": or_null(moment("The time that was asked for.")),
            "expiresAt": or_null(moment("Not sent any more after this.")),
            "failure": or_null(ref("WhyNotDelivered")),
            "timeline": list_of(ref("Step"), "In order."),
        }
    ),
}
