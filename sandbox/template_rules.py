"""Meta's rules for a new template: whatever breaks one is refused at once, before any review."""

import re
from typing import Any

from sandbox.graph_errors import GraphError
from sandbox.parameters import JSONObject, require_list, require_object, require_text
from sandbox.template_buttons import check_buttons
from sandbox.template_refusals import refused
from sandbox.templates import MEDIA_FORMATS, names_in

NAME = re.compile(r"[a-z0-9_]{1,512}")
LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2,3})?")
CATEGORIES = frozenset({"MARKETING", "UTILITY"})
PARAMETER_NAME = re.compile(r"[a-z][a-z0-9_]*")
BRACES = re.compile(r"\{\{\w+\}\}")
STARTS_OR_ENDS = re.compile(r"^\s*\{\{\w+\}\}|\{\{\w+\}\}\s*$")
ADJACENT = re.compile(r"\{\{\w+\}\}\s*\{\{\w+\}\}")
FORMATTING = re.compile(r"[\n\r*_~`]|[\U0001F000-\U0001FAFF\u2600-\u27BF]")

BODY_LIMIT, HEADER_LIMIT, FOOTER_LIMIT = 1024, 60, 60
WORDS_PER_VARIABLE = 2


def check_creation(request: JSONObject) -> JSONObject:
    """Return the request as it is kept: name, language, category, format and components."""
    name = require_text(request, "name")
    if not NAME.fullmatch(name):
        raise refused("name", "Message template name can only have lowercase letters, digits and underscores.")
    language = require_text(request, "language")
    if not LANGUAGE.fullmatch(language):
        raise refused("language", f"{language} is no language code, such as en or en_US.")
    kept = {"name": name, "language": language, **check_change(request, require_category=True)}
    return {"parameter_format": format_of(request), **kept}


def check_change(request: JSONObject, *, require_category: bool = False) -> JSONObject:
    """Check what an edit may change as well: category and components."""
    kept: JSONObject = {}
    if require_category or "category" in request:
        kept["category"] = check_category(request)
    if require_category or "components" in request:
        kept["components"] = check_components(request, named=format_of(request) == "NAMED")
    return kept


def check_category(request: JSONObject) -> str:
    category = require_text(request, "category").upper()
    if category == "AUTHENTICATION":
        raise refused("category", "The sandbox has no authentication templates.")
    if category not in CATEGORIES:
        raise refused(
            "category", f"Param category must be one of {{AUTHENTICATION, MARKETING, UTILITY}}, not {category}."
        )
    return category


def format_of(request: JSONObject) -> str:
    given = str(request.get("parameter_format") or "POSITIONAL").upper()
    if given not in {"POSITIONAL", "NAMED"}:
        raise refused("format", "Param parameter_format must be one of {NAMED, POSITIONAL}.")
    return given


def check_components(request: JSONObject, *, named: bool) -> list[Any]:
    components = require_list(request, "components")
    parts: dict[str, JSONObject] = {}
    for value in components:
        component = require_object({"component": value}, "component")
        kind = require_text(component, "type", path="component['type']").upper()
        if kind not in {"HEADER", "BODY", "FOOTER", "BUTTONS"} or kind in parts:
            raise refused("format", f"Component {kind} is unknown, or there twice.")
        parts[kind] = component
    if "BODY" not in parts:
        raise refused("format", "Component of type BODY is missing.")
    check_body(parts["BODY"], named=named)
    check_header(parts.get("HEADER"), named=named)
    check_footer(parts.get("FOOTER"))
    if "BUTTONS" in parts:
        check_buttons(parts["BUTTONS"])
    return components


def check_body(body: JSONObject, *, named: bool) -> None:
    text = text_of(body, "BODY", BODY_LIMIT)
    check_variables("BODY", text, named=named)
    if ADJACENT.search(text):
        raise refused("body", "Variables can't be next to each other.")
    words = len(re.findall(r"\w+", BRACES.sub(" ", text)))
    if words < WORDS_PER_VARIABLE * len(names_in(text)):
        raise refused("ratio", "This template has too many variables for its length.")
    check_example("BODY", text, body, "body_text", named=named)


def check_header(header: JSONObject | None, *, named: bool) -> None:
    if header is None:
        return
    kind = require_text(header, "format", path="HEADER['format']").upper()
    if kind == "TEXT":
        check_header_text(header, named=named)
    elif kind in MEDIA_FORMATS:
        check_handle(header)
    elif kind != "LOCATION":
        raise refused("header", f"The header's format must be TEXT, IMAGE, VIDEO, DOCUMENT or LOCATION, not {kind}.")


def check_header_text(header: JSONObject, *, named: bool) -> None:
    text = text_of(header, "HEADER", HEADER_LIMIT)
    if FORMATTING.search(BRACES.sub("", text)):
        raise refused("header", "Message header content can't have any new lines, formatting characters or emojis.")
    if len(names_in(text)) > 1:
        raise refused("header", "Message header can have one variable at most.")
    check_variables("HEADER", text, named=named)
    check_example("HEADER", text, header, "header_text", named=named)


def check_handle(header: JSONObject) -> None:
    example = header.get("example")
    handles = example.get("header_handle") if isinstance(example, dict) else None
    handle = handles[0] if isinstance(handles, list) and handles else None
    # A media ID is all digits; the sample is named by the handle of a resumable upload.
    if not isinstance(handle, str) or not handle or handle.isdecimal():
        raise refused("example", "HEADER needs example['header_handle'] with the handle of a resumable upload.")


def check_footer(footer: JSONObject | None) -> None:
    if footer is None:
        return
    text = text_of(footer, "FOOTER", FOOTER_LIMIT)
    if "{{" in text or "\n" in text:
        raise refused("footer", "Message footer can't have any variables or new lines.")


def text_of(component: JSONObject, place: str, most: int) -> str:
    text = require_text(component, "text", path=f"{place}['text']")
    if len(text) > most:
        raise refused("length", f"{place} is {len(text)} characters long; the limit is {most}.")
    return text


def check_variables(place: str, text: str, *, named: bool) -> None:
    remainder = BRACES.sub("", text)
    if "{{" in remainder or "}}" in remainder:
        raise refused("body", f"{place} has a variable with missing braces or special characters.")
    names = names_in(text)
    if named:
        sound = all(PARAMETER_NAME.fullmatch(name) for name in names)
    else:
        sound = names == [str(number) for number in range(1, len(names) + 1)]
    if not sound:
        wanted = "lowercase names" if named else "numbered {{1}}, {{2}}, … without a gap"
        raise refused("body", f"The variables of {place} must be {wanted}.")
    if place == "BODY" and STARTS_OR_ENDS.search(text):
        raise refused("ends", "Variables can't be at the start or end of the template.")


def check_example(place: str, text: str, component: JSONObject, field: str, *, named: bool) -> None:
    names = names_in(text)
    if not names:
        return
    example = component.get("example")
    given = example.get(f"{field}_named_params" if named else field) if isinstance(example, dict) else None
    if not has_examples(given, names, named=named, nested=place == "BODY"):
        raise missing_example(place)


def has_examples(given: Any, names: list[str], *, named: bool, nested: bool) -> bool:
    if named:
        pairs = [item for item in given if isinstance(item, dict)] if isinstance(given, list) else []
        told = {
            item.get("param_name"): item.get("example") for item in pairs if isinstance(item.get("param_name"), str)
        }
        return set(told) == set(names) and all(is_text(value) for value in told.values())
    if not isinstance(given, list) or not given:
        return False
    # The body's examples are a list of lists; of a single example Meta takes the plain list too.
    values = given[0] if nested and (isinstance(given[0], list) or len(given) > 1) else given
    return isinstance(values, list) and len(values) == len(names) and all(is_text(value) for value in values)


def is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def missing_example(place: str) -> GraphError:
    return refused("example", f"{place} component does not contain the expected field(s) (example)")
