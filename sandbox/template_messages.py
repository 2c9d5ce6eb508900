"""A template message: the template may be sent, and the parameters fit it."""

from typing import Any

from sandbox.business import Business
from sandbox.content import Attachment, Content, Place
from sandbox.graph_errors import GraphError, invalid_parameter
from sandbox.media_messages import check_file
from sandbox.parameters import JSONObject, require_list, require_object, require_text
from sandbox.template_parameters import fill_text, parameters_of, require_count
from sandbox.template_send_buttons import fill_buttons
from sandbox.templates import MEDIA_FORMATS, Template

BODY_LIMIT = 1024
HEADER_LIMIT = 60


def check_template(request: JSONObject, business: Business) -> Content:
    template = find_template(request, business)
    components = read_components(request)
    header, attachment = fill_header(template, components.pop("header", None), business)
    body = fill_text("body", template.body, components.pop("body", None), most=BODY_LIMIT, named=template.named)
    return Content(
        body,
        header=header,
        footer=template.footer,
        buttons=fill_buttons(template, components),
        category=template.category,
        attachment=attachment,
    )


def find_template(request: JSONObject, business: Business) -> Template:
    name = require_text(request, "name", path="template['name']")
    language = require_object(request, "language", path="template['language']")
    code = require_text(language, "code", path="template['language']['code']")
    return business.templates.sendable(name, code)


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


def fill_header(template: Template, component: JSONObject | None, business: Business) -> tuple[str, Attachment | None]:
    format_ = template.header_format
    if format_ == "TEXT":
        text = fill_text("header", template.header, component, most=HEADER_LIMIT, named=template.named)
        return text, None
    values = parameters_of(component)
    require_count("header", given=len(values), expected=1)
    return f"[{format_.capitalize()}]", read_attachment(format_, values[0], business)


def read_attachment(format_: str, value: Any, business: Business) -> Attachment:
    parameter = require_object({"parameter": value}, "parameter")
    kind = str(parameter.get("type")).upper()
    if kind != format_:
        raise GraphError(132012, f"header: Format mismatch, expected {format_}, received {kind}")
    held = require_object(parameter, kind.lower(), path=f"parameter['{kind.lower()}']")
    if format_ in MEDIA_FORMATS:
        return check_file(kind.lower(), held, business, allowed={"filename"} if format_ == "DOCUMENT" else set[str]())
    texts = {name: str(held.get(name) or "") for name in ("latitude", "longitude", "name", "address")}
    try:
        latitude, longitude = float(texts["latitude"]), float(texts["longitude"])
    except ValueError:
        raise GraphError(131008, "header: Parameter of type location is missing latitude or longitude") from None
    return Place(latitude, longitude, texts["name"], texts["address"])
