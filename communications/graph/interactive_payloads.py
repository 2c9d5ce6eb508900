"""Messages with something to press: reply buttons, a list, a link, requests for a place or a phone number. Pure.

Each builder returns the part of the request that depends on the kind, or raises `InvalidMessage` with a sentence that
names the field and the limit. Source: Meta's pages on interactive messages. The `id` of a button or row comes back when
it is pressed; `communications/button_payloads.py` signs what the press is meant to do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from communications.errors import InvalidMessage
from communications.graph.field_limits import (
    optional_text,
    require_count,
    require_distinct,
    required_id,
    required_media_header,
    required_text,
)

BODY_LIMIT = 1024
LIST_BODY_LIMIT = 4096
HEADER_LIMIT = FOOTER_LIMIT = 60
LABEL_LIMIT = 20
BUTTONS_LIMIT = 3
BUTTON_ID_LIMIT = 256
SECTIONS_LIMIT = 10
SECTION_TITLE_LIMIT = 24
ROWS_LIMIT = 10
ROW_ID_LIMIT = 200
ROW_TITLE_LIMIT = 24
ROW_DESCRIPTION_LIMIT = 72
# Meta names none for this kind; this is its limit for the URL button of a template.
URL_LIMIT = 2000

# A text, or a picture, video or document as `whatsapp_service.media_header` makes it.
Header = str | dict[str, Any]


@dataclass(frozen=True)
class Button:
    """A reply button: the person reads `title`, we get `id` back."""

    id: str
    title: str


@dataclass(frozen=True)
class Row:
    """A line of a list that can be chosen: the person reads `title` and `description`, we get `id` back."""

    id: str
    title: str
    description: str = ""


@dataclass(frozen=True)
class Section:
    """Rows under a heading. The title may only be empty where the list has a single section."""

    title: str
    rows: Sequence[Row]


def reply_buttons(body: str, buttons: Sequence[Button], header: Header = "", footer: str = "") -> dict[str, Any]:
    """A text with one to three buttons."""
    require_count(buttons, "buttons", BUTTONS_LIMIT)
    replies = [_reply(button, f"of button {number}") for number, button in enumerate(buttons, start=1)]
    require_distinct([button.id for button in buttons], "ID", "button")
    require_distinct([button.title for button in buttons], "title", "button")
    return _interactive("button", {"buttons": replies}, body=body, header=header, footer=footer)


def list_message(
    body: str, button: str, sections: Sequence[Section], header: str = "", footer: str = ""
) -> dict[str, Any]:
    """A text with a button labelled `button` that opens a list of up to ten rows, in up to ten sections."""
    if isinstance(header, dict):
        raise InvalidMessage("The header of a list is a text; WhatsApp takes no picture there.")
    label = required_text(button, "the label of the list's button", LABEL_LIMIT)
    require_count(sections, "sections", SECTIONS_LIMIT)
    rows = [row for section in sections for row in section.rows]
    require_count(rows, "rows", ROWS_LIMIT)
    titled = len(sections) > 1
    shown = [_section(section, number, titled=titled) for number, section in enumerate(sections, start=1)]
    require_distinct([row.id for row in rows], "ID", "row")
    action = {"button": label, "sections": shown}
    return _interactive("list", action, body=body, header=header, footer=footer, body_limit=LIST_BODY_LIMIT)


def cta_url(body: str, label: str, url: str, header: Header = "", footer: str = "") -> dict[str, Any]:
    """A text with one button that opens `url` in the browser."""
    parameters = {"display_text": required_text(label, "the label of the link", LABEL_LIMIT), "url": _web_address(url)}
    return _interactive(
        "cta_url", {"name": "cta_url", "parameters": parameters}, body=body, header=header, footer=footer
    )


def location_request(body: str) -> dict[str, Any]:
    """A text with a button by which the person sends where they are; it comes back as a location."""
    return _interactive("location_request_message", {"name": "send_location"}, body=body)


def contact_request(body: str) -> dict[str, Any]:
    """A text with a button by which a person who hides their phone number shares it with us."""
    return _interactive("request_contact_info", {"name": "request_contact_info"}, body=body)


def _interactive(
    kind: str,
    action: dict[str, Any],
    *,
    body: str,
    header: Header = "",
    footer: str = "",
    body_limit: int = BODY_LIMIT,
) -> dict[str, Any]:
    parts: dict[str, Any] = {"type": kind}
    if header != "":
        parts["header"] = _header(header)
    parts["body"] = {"text": required_text(body, "the body", body_limit)}
    if optional_text(footer, "the footer", FOOTER_LIMIT):
        parts["footer"] = {"text": footer}
    return {"type": "interactive", "interactive": {**parts, "action": action}}


def _header(header: Header) -> dict[str, Any]:
    if not isinstance(header, dict):
        return {"type": "text", "text": required_text(header, "the header", HEADER_LIMIT)}
    return required_media_header(header)


def _reply(button: Button, which: str) -> dict[str, Any]:
    reply = {
        "id": required_id(button.id, f"the ID {which}", BUTTON_ID_LIMIT),
        "title": required_text(button.title, f"the title {which}", LABEL_LIMIT),
    }
    return {"type": "reply", "reply": reply}


def _section(section: Section, number: int, *, titled: bool) -> dict[str, Any]:
    check = required_text if titled else optional_text
    title = check(section.title, f"the title of section {number}", SECTION_TITLE_LIMIT)
    if not section.rows:
        raise InvalidMessage(f"Section {number} has no rows; give it one or leave it out.")
    rows = [_row(row, f"of row {place} in section {number}") for place, row in enumerate(section.rows, start=1)]
    return {**({"title": title} if title else {}), "rows": rows}


def _row(row: Row, which: str) -> dict[str, str]:
    shown = {
        "id": required_id(row.id, f"the ID {which}", ROW_ID_LIMIT),
        "title": required_text(row.title, f"the title {which}", ROW_TITLE_LIMIT),
    }
    description = optional_text(row.description, f"the description {which}", ROW_DESCRIPTION_LIMIT)
    return {**shown, **({"description": description} if description else {})}


def _web_address(url: str) -> str:
    address = required_text(url, "the address of the link", URL_LIMIT)
    try:
        parts = urlsplit(address)
        usable = parts.scheme in {"https", "http"} and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable or not address.isprintable() or " " in address:
        raise InvalidMessage("The address of the link is no web address; it begins with https:// and has no spaces.")
    return address
