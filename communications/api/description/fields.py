"""What the fields of a request take, for drf-spectacular: one class for each field of ours."""

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema

from communications.api import fields, kinds, parts
from communications.api.description.schemas import Schema, by_name, record, text
from communications.message_text import TEXT_LIMIT

_EXAMPLE = "+13855007716"

TEMPLATE_VALUE: Schema = {
    "description": "A text goes as it is; the others are written as people write them in the recipient's country.",
    "anyOf": [
        text(),
        {
            **record({"value": text(pattern=r"^-?\d{1,15}(\.\d{1,6})?$"), "currency": text("ISO 4217.")}),
            "additionalProperties": False,
        },
        {**record({"date": text("A day, or a moment with its offset.")}), "additionalProperties": False},
        {**record({"time": text("A time of day, or a moment with its offset.")}), "additionalProperties": False},
    ],
}


def describe_field(field: type[Any], schema: Schema) -> None:
    """Tell drf-spectacular what `field` takes."""

    def map_serializer_field(_self: Any, _auto_schema: AutoSchema, _direction: str) -> Schema:
        return dict(schema)

    type(
        f"{field.__name__}Extension",
        (OpenApiSerializerFieldExtension,),
        {"target_class": field, "map_serializer_field": map_serializer_field},
    )


describe_field(
    fields.PhoneNumberField,
    text(
        "With + and country code. Spaces, dashes, dots and parentheses are fine.",
        minLength=1,
        format="phone-number",
        examples=[_EXAMPLE],
    ),
)
describe_field(fields.MessageField, text("Sent verbatim.", minLength=1, maxLength=TEXT_LIMIT))
describe_field(fields.MomentField, text("With its offset from UTC.", format="date-time", minLength=1))
describe_field(fields.TrueOrFalseField, {"type": "boolean"})
describe_field(kinds.TemplateValuesField, by_name(TEMPLATE_VALUE))
describe_field(
    parts.CoordinateField,
    {"anyOf": [{"type": "number"}, text(pattern=r"^-?\d{1,3}(\.\d{1,20})?$")], "description": "Decimal degrees."},
)
