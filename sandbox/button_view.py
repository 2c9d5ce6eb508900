"""What can be pressed under a message. Each button is a form, so that it works without a script."""

from html import escape
from itertools import groupby

from sandbox.content import Button
from sandbox.messages import Message
from sandbox.presses import is_pressable

SIGNS = {
    "url": "↗",
    "phone": "☎",
    "copy_code": "⧉",
    "row": "☰",
    "location": "⌖",
    "contact": "+",
    "reply": "↩",
    "quick_reply": "↩",
}

FORM = (
    '<form class="press" method="post" action="/"><input type="hidden" name="from" value="{phone}">'
    '<input type="hidden" name="message" value="{wamid}"><button name="press" value="{place}"{more}>'
    "{face}</button></form>"
)


def buttons_view(message: Message) -> str:
    content = message.envelope.content
    if content.list_label:
        return list_view(message)
    return "".join(button_view(message, place, button) for place, button in enumerate(content.buttons))


def button_view(message: Message, place: int, button: Button) -> str:
    face = f'<span aria-hidden="true">{SIGNS.get(button.kind, "")}</span> {escape(button.text)}'
    if is_pressable(button):
        return form(message, place, face, ' class="button"')
    if not button.url.startswith(("http://", "https://")):
        return f'<span class="button">{face}</span>'
    url = escape(button.url)
    return f'<a class="button" href="{url}" target="_blank" rel="noreferrer" title="{url}">{face}</a>'


def list_view(message: Message) -> str:
    """Show the button of a list, and the sheet that it opens."""
    content = message.envelope.content
    sheet, label = escape(f"list-{message.wamid}"), escape(content.list_label)
    numbered = enumerate(content.buttons)
    sections = groupby(numbered, key=lambda item: item[1].section)
    rows = "".join(section_view(message, title, list(items)) for title, items in sections)
    return (
        f'<button class="button" type="button" popovertarget="{sheet}">'
        f'<span aria-hidden="true">{SIGNS["row"]}</span> {label}</button>'
        f'<div class="sheet" id="{sheet}" popover role="dialog" aria-label="{label}"><h3>{label}</h3>{rows}'
        f'<button class="button" type="button" popovertarget="{sheet}" popovertargetaction="hide">Close</button></div>'
    )


def section_view(message: Message, title: str, rows: list[tuple[int, Button]]) -> str:
    heading = f"<h4>{escape(title)}</h4>" if title else ""
    return heading + "".join(form(message, place, row_face(row), ' class="row"') for place, row in rows)


def row_face(row: Button) -> str:
    description = f"<small>{escape(row.description)}</small>" if row.description else ""
    return f"<b>{escape(row.text)}</b>{description}"


def form(message: Message, place: int, face: str, more: str) -> str:
    phone, wamid = escape(message.person.phone), escape(message.wamid)
    return FORM.format(phone=phone, wamid=wamid, place=place, more=more, face=face)
