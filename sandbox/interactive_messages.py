"""The interactive message: reply buttons, lists, a link, and requests for a location or a phone number."""

from collections.abc import Callable
from typing import Any

from sandbox.business import Business
from sandbox.content import Button, Content, File
from sandbox.graph_errors import invalid_parameter, invalid_value
from sandbox.media_messages import check_file
from sandbox.parameters import JSONObject, require_list, require_object, require_text
from sandbox.template_buttons import URL_LIMIT

BODY_LIMITS = {"list": 4096}
BODY_LIMIT = 1024
HEADER_LIMIT = FOOTER_LIMIT = 60
MOST_REPLIES, MOST_SECTIONS, MOST_ROWS = 3, 10, 10
MEDIA_HEADERS = frozenset({"image", "video", "document"})
# Which of header and footer a kind has: a request for something has neither.
HEADERS: dict[str, frozenset[str]] = {
    "button": MEDIA_HEADERS | {"text"},
    "cta_url": MEDIA_HEADERS | {"text"},
    "list": frozenset({"text"}),
}


def check_interactive(interactive: JSONObject, business: Business) -> Content:
    kind = require_text(interactive, "type", path="interactive['type']")
    if kind not in ACTIONS:
        raise invalid_parameter(f"Param interactive['type'] must be one of {sorted(ACTIONS)} - got \"{kind}\".")
    body = require_object(interactive, "body", path="interactive['body']")
    text = short_text(body, "text", "Body text", BODY_LIMITS.get(kind, BODY_LIMIT))
    header, file = read_header(interactive, kind, business)
    action = require_object(interactive, "action", path="interactive['action']")
    buttons = ACTIONS[kind](action)
    label = str(action["button"]) if kind == "list" else ""
    return Content(
        text,
        header=header,
        footer=read_footer(interactive, kind),
        buttons=buttons,
        attachment=file,
        list_label=label,
    )


def read_header(interactive: JSONObject, kind: str, business: Business) -> tuple[str, File | None]:
    if "header" not in interactive:
        return "", None
    header = require_object(interactive, "header")
    format_ = require_text(header, "type", path="header['type']")
    if format_ not in HEADERS.get(kind, ()):
        raise invalid_value(f"Header of type {format_} is not allowed in an interactive message of type {kind}.")
    if format_ == "text":
        return short_text(header, "text", "Header text", HEADER_LIMIT), None
    allowed = {"filename"} if format_ == "document" else set[str]()
    value = require_object(header, format_, path=f"header['{format_}']")
    return f"[{format_.capitalize()}]", check_file(format_, value, business, allowed=allowed)


def read_footer(interactive: JSONObject, kind: str) -> str:
    if "footer" not in interactive:
        return ""
    if kind not in HEADERS:
        raise invalid_value(f"An interactive message of type {kind} has no footer.")
    return short_text(require_object(interactive, "footer"), "text", "Footer text", FOOTER_LIMIT)


def reply_buttons(action: JSONObject) -> tuple[Button, ...]:
    buttons = objects(action, "buttons", "Button", MOST_REPLIES)
    if any(button.get("type", "reply") != "reply" for button in buttons):
        raise invalid_value("Button type must be reply.")
    replies = [require_object(button, "reply") for button in buttons]
    refuse_repeated("Button id", [short_text(reply, "id", "Button id", 256) for reply in replies])
    titles = [short_text(reply, "title", "Button title", 20) for reply in replies]
    refuse_repeated("Button title", titles)
    return tuple(Button(title, kind="reply", id=reply["id"]) for title, reply in zip(titles, replies, strict=True))


def list_rows(action: JSONObject) -> tuple[Button, ...]:
    short_text(action, "button", "List button text", 20)
    sections = objects(action, "sections", "Section", MOST_SECTIONS)
    rows: list[Button] = []
    for section in sections:
        needs_title = len(sections) > 1 or section.get("title") is not None
        title = short_text(section, "title", "Section title", 24) if needs_title else ""
        rows += [read_row(row, title) for row in objects(section, "rows", "Row", None)]
    if len(rows) > MOST_ROWS:
        raise invalid_value(f"Total row count exceed max allowed count: {MOST_ROWS}")
    refuse_repeated("Row id", [row.id for row in rows])
    return tuple(rows)


def read_row(row: JSONObject, section: str) -> Button:
    description = row.get("description")
    return Button(
        short_text(row, "title", "Row title", 24),
        kind="row",
        id=short_text(row, "id", "Row id", 200),
        description=short_text(row, "description", "Row description", 72) if description is not None else "",
        section=section,
    )


def link_button(action: JSONObject) -> tuple[Button, ...]:
    require_name(action, "cta_url")
    parameters = require_object(action, "parameters", path="action['parameters']")
    label = short_text(parameters, "display_text", "Button display text", 20)
    url = short_text(parameters, "url", "Button URL", URL_LIMIT)
    if not url.startswith(("https://", "http://")):
        raise invalid_value(f"Button URL is not valid: {url}")
    return (Button(label, url),)


def request_for(name: str, label: str, kind: str) -> Callable[[JSONObject], tuple[Button, ...]]:
    def check(action: JSONObject) -> tuple[Button, ...]:
        require_name(action, name)
        return (Button(label, kind=kind),)

    return check


def require_name(action: JSONObject, name: str) -> None:
    if action.get("name") != name:
        raise invalid_parameter(f"Param action['name'] must be '{name}'.")


def objects(parent: JSONObject, name: str, what: str, most: int | None) -> list[Any]:
    values = require_list(parent, name, path=f"action['{name}']")
    if most is not None and len(values) > most:
        raise invalid_value(f"{what} count invalid. Min count: 1, Max count: {most}")
    return [require_object({name: value}, name) for value in values]


def short_text(parent: JSONObject, name: str, what: str, most: int) -> str:
    text = require_text(parent, name, path=what)
    if len(text) > most:
        raise invalid_value(f"{what} length invalid. Min length: 1, Max length: {most}")
    return text


def refuse_repeated(what: str, values: list[str]) -> None:
    if len(set(values)) < len(values):
        raise invalid_value(f"{what}s must be unique.")


ACTIONS: dict[str, Callable[[JSONObject], tuple[Button, ...]]] = {
    "button": reply_buttons,
    "list": list_rows,
    "cta_url": link_button,
    "location_request_message": request_for("send_location", "Send location", "location"),
    "request_contact_info": request_for("request_contact_info", "Share phone number", "contact"),
}
