"""The buttons of a template message, with what the request fills in."""

import re
from typing import Any

from sandbox.content import Button
from sandbox.graph_errors import GraphError
from sandbox.parameters import JSONObject, require_object
from sandbox.template_parameters import parameters_of, read_value, require_count
from sandbox.templates import Template, filled, names_in

URL_LIMIT = 2000
CODE_LIMIT = 20
PERCENT_ENCODED = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")
# Buttons that cannot be sent without a component of their own.
ALWAYS_FILLED = frozenset({"copy_code"})


def fill_buttons(template: Template, components: dict[str, JSONObject]) -> tuple[Button, ...]:
    buttons = tuple(
        fill_button(index, button, components.pop(f"button {index}", None))
        for index, button in enumerate(template.buttons)
    )
    for place in components:
        raise GraphError(132018, f"buttons: the template has no {place}")
    return buttons


def fill_button(index: int, button: Button, component: JSONObject | None) -> Button:
    shown = button.kind.replace("_", " ").title()
    if component is None:
        if names_in(button.url) or button.kind in ALWAYS_FILLED:
            raise GraphError(131008, f"buttons: Button at index {index} of type {shown} requires a parameter")
        return button._replace(id=button.text) if button.kind == "quick_reply" else button
    if str(component.get("sub_type")).lower() != button.kind:
        raise GraphError(132018, f"buttons: Button at index {index} is of type {shown}")
    values = parameters_of(component)
    if button.kind == "url":
        return fill_url(index, button, values)
    require_count(f"button {index}", given=len(values), expected=1)
    field = "payload" if button.kind == "quick_reply" else "coupon_code"
    return button._replace(id=read_field(index, values[0], field))


def fill_url(index: int, button: Button, values: list[Any]) -> Button:
    texts = [read_value("buttons", value).text for value in values]
    require_count(f"button {index}", given=len(texts), expected=len(names_in(button.url)))
    if not all(PERCENT_ENCODED.fullmatch(text) for text in texts):
        raise GraphError(132018, f"buttons: the URL of button {index} must be percent-encoded")
    url = filled(button.url, dict(zip(names_in(button.url), texts, strict=True)))
    if len(url) > URL_LIMIT:
        raise GraphError(132005, f"buttons: the URL of button {index} is longer than {URL_LIMIT} characters")
    return button._replace(url=url)


def read_field(index: int, value: Any, field: str) -> str:
    parameter = require_object({"parameter": value}, "parameter")
    text = parameter.get(field)
    if parameter.get("type") != field:
        raise GraphError(132012, f"buttons: Button at index {index} takes a parameter of type {field}")
    if not isinstance(text, str) or not text:
        raise GraphError(131008, f"buttons: Button at index {index} is missing its {field}")
    if field == "coupon_code" and len(text) > CODE_LIMIT:
        raise GraphError(132005, f"buttons: the code of button {index} is longer than {CODE_LIMIT} characters")
    return text
