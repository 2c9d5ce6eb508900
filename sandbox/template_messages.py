"""A template message: the template exists, and its parameters fit it."""

import re
from typing import Any

from sandbox.content import Button, Content
from sandbox.graph_errors import GraphError, invalid_parameter
from sandbox.parameters import JSONObject, require_list, require_object, require_text
from sandbox.templates import APPROVED, Template, filled, variables_in

BODY_LIMIT = 1024
HEADER_LIMIT = 60
URL_LIMIT = 2000
TEXT_TYPES = frozenset({"text", "currency", "date_time"})
FORBIDDEN_IN_PARAMETER = re.compile(r"[\n\r\t]| {5,}")
PERCENT_ENCODED = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")


def check_template(request: JSONObject) -> Content:
    template = find_template(request)
    components = read_components(request)
    header = fill_text("header", template.header, components.pop("header", None), most=HEADER_LIMIT)
    body = fill_text("body", template.body, components.pop("body", None), most=BODY_LIMIT)
    buttons = fill_buttons(template, components)
    return Content(body, header=header, footer=template.footer, buttons=buttons, category=template.category)


def find_template(request: JSONObject) -> Template:
    name = require_text(request, "name", path="template['name']")
    language = require_object(request, "language", path="template['language']")
    code = require_text(language, "code", path="template['language']['code']")
    template = APPROVED.get((name, code))
    if template is None:
        raise GraphError(132001, f"template name ({name}) does not exist in {code}")
    return template


def read_components(request: JSONObject) -> dict[str, JSONObject]:
    """Return the components by place: "header", "body", and "button 0" for the first button."""
    if not request.get("components"):
        return {}
    components: dict[str, JSONObject] = {}
    for value in require_list(request, "components", path="template['components']"):
        component = require_object({"component": value}, "component")
        place = place_of(component)
        if place in components:
            raise invalid_parameter(f"Param template['components'] has more than one {place}.")
        components[place] = component
    return components


def place_of(component: JSONObject) -> str:
    kind = require_text(component, "type", path="component['type']").lower()
    if kind == "button":
        return f"button {component.get('index')}"
    if kind not in {"header", "body"}:
        raise invalid_parameter(f"Param component['type'] must be one of {{HEADER, BODY, BUTTON}} - got \"{kind}\".")
    return kind


def fill_text(place: str, text: str, component: JSONObject | None, *, most: int) -> str:
    values = [read_value(place, parameter) for parameter in parameters_of(component)]
    require_count(place, given=len(values), expected=variables_in(text))
    for value in values:
        if FORBIDDEN_IN_PARAMETER.search(value):
            raise GraphError(
                132018,
                f"{place}: Param text cannot have new-line/tab characters or more than 4 consecutive spaces",
            )
    complete = filled(text, values)
    if len(complete) > most:
        raise GraphError(132005, f"{place}: {len(complete)} characters once filled in; the limit is {most}")
    return complete


def parameters_of(component: JSONObject | None) -> list[Any]:
    if component is None or not component.get("parameters"):
        return []
    return require_list(component, "parameters", path="component['parameters']")


def require_count(place: str, *, given: int, expected: int) -> None:
    if given != expected:
        raise GraphError(
            132000,
            f"{place}: number of localizable_params ({given}) does not match the expected number "
            f"of params ({expected})",
        )


def read_value(place: str, value: Any) -> str:
    parameter = require_object({"parameter": value}, "parameter")
    kind = str(parameter.get("type")).lower()
    if kind not in TEXT_TYPES:
        raise GraphError(132012, f"{place}: Format mismatch, expected TEXT, received {kind.upper()}")
    if "parameter_name" in parameter:
        raise GraphError(132012, f"{place}: parameter_name is for templates with named parameters only")
    holder, name = (parameter, "text") if kind == "text" else (parameter.get(kind), "fallback_value")
    text = holder.get(name) if isinstance(holder, dict) else None
    if not isinstance(text, str) or not text:
        raise GraphError(131008, f"{place}: Parameter of type {kind} is missing text value")
    return text


def fill_buttons(template: Template, components: dict[str, JSONObject]) -> tuple[Button, ...]:
    buttons = tuple(
        fill_button(index, button, components.pop(f"button {index}", None))
        for index, button in enumerate(template.buttons)
    )
    for place in components:
        raise GraphError(132018, f"buttons: the template has no {place}")
    return buttons


def fill_button(index: int, button: Button, component: JSONObject | None) -> Button:
    expected = variables_in(button.url)
    if component is None and expected:
        raise GraphError(131008, f"buttons: Button at index {index} of type Url requires a parameter")
    if component is not None and str(component.get("sub_type")).lower() != "url":
        raise GraphError(132018, f"buttons: Button at index {index} is of type Url")
    values = [read_value("buttons", parameter) for parameter in parameters_of(component)]
    require_count(f"button {index}", given=len(values), expected=expected)
    if not all(PERCENT_ENCODED.fullmatch(value) for value in values):
        raise GraphError(132018, f"buttons: the URL of button {index} must be percent-encoded")
    url = filled(button.url, values)
    if len(url) > URL_LIMIT:
        raise GraphError(132005, f"buttons: the URL of button {index} is longer than {URL_LIMIT} characters")
    return Button(button.text, url)
