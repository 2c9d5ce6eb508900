"""The interactive message: reply buttons, lists, a link, and requests for a location or a phone number."""

from collections.abc import Callable
from typing import Any

from sandbox.content import Button, Content
from sandbox.graph_errors import invalid_parameter
from sandbox.parameters import JSONObject, optional_text, require_list, require_object, require_text

BODY_LIMITS = {"list": 4096}
BODY_LIMIT = 1024
HEADER_LIMIT = FOOTER_LIMIT = 60


def check_interactive(interactive: JSONObject) -> Content:
    kind = require_text(interactive, "type", path="interactive['type']")
    if kind not in ACTIONS:
        raise invalid_parameter(f"Param interactive['type'] must be one of {sorted(ACTIONS)} - got \"{kind}\".")
    body = require_object(interactive, "body", path="interactive['body']")
    text = require_text(body, "text", path="body['text']", most=BODY_LIMITS.get(kind, BODY_LIMIT))
    buttons = ACTIONS[kind](require_object(interactive, "action", path="interactive['action']"))
    return Content(text, header=header_of(interactive), footer=footer_of(interactive), buttons=buttons)


def header_of(interactive: JSONObject) -> str:
    if "header" not in interactive:
        return ""
    header = require_object(interactive, "header")
    if header.get("type") != "text":
        return f"[{header.get('type')}]"
    return require_text(header, "text", path="header['text']", most=HEADER_LIMIT)


def footer_of(interactive: JSONObject) -> str:
    if "footer" not in interactive:
        return ""
    return require_text(require_object(interactive, "footer"), "text", path="footer['text']", most=FOOTER_LIMIT)


def reply_buttons(action: JSONObject) -> tuple[Button, ...]:
    replies = [require_object(button, "reply") for button in objects(action, "buttons", most=3)]
    refuse_repeated([require_text(reply, "id", path="reply['id']", most=256) for reply in replies])
    return tuple(Button(require_text(reply, "title", path="reply['title']", most=20)) for reply in replies)


def list_rows(action: JSONObject) -> tuple[Button, ...]:
    require_text(action, "button", path="action['button']", most=20)
    sections = objects(action, "sections", most=10)
    if len(sections) > 1:
        for section in sections:
            require_text(section, "title", path="section['title']", most=24)
    rows = [row for section in sections for row in objects(section, "rows", most=10)]
    if len(rows) > 10:
        raise invalid_parameter("Total row count exceeds max allowed count: 10.")
    refuse_repeated([require_text(row, "id", path="row['id']", most=200) for row in rows])
    for row in rows:
        optional_text(row, "description", path="row['description']", most=72)
    return tuple(Button(require_text(row, "title", path="row['title']", most=24)) for row in rows)


def link_button(action: JSONObject) -> tuple[Button, ...]:
    require_name(action, "cta_url")
    parameters = require_object(action, "parameters", path="action['parameters']")
    label = require_text(parameters, "display_text", path="parameters['display_text']", most=20)
    return (Button(label, require_text(parameters, "url", path="parameters['url']")),)


def request_for(name: str, label: str) -> Callable[[JSONObject], tuple[Button, ...]]:
    def check(action: JSONObject) -> tuple[Button, ...]:
        require_name(action, name)
        return (Button(label),)

    return check


def require_name(action: JSONObject, name: str) -> None:
    if action.get("name") != name:
        raise invalid_parameter(f"Param action['name'] must be '{name}'.")


def objects(parent: JSONObject, name: str, *, most: int) -> list[Any]:
    values = require_list(parent, name, path=f"action['{name}']", most=most)
    return [require_object({name: value}, name) for value in values]


def refuse_repeated(identifiers: list[str]) -> None:
    if len(set(identifiers)) < len(identifiers):
        raise invalid_parameter("Duplicated ids are not allowed.")


ACTIONS: dict[str, Callable[[JSONObject], tuple[Button, ...]]] = {
    "button": reply_buttons,
    "list": list_rows,
    "cta_url": link_button,
    "location_request_message": request_for("send_location", "Send location"),
    "request_contact_info": request_for("request_contact_info", "Share phone number"),
}
