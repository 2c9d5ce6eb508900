"""Pictures, files, places and contacts as they stand in a bubble. Nothing is fetched from any other host."""

from collections.abc import Callable
from html import escape
from typing import Any

from sandbox.business import Business
from sandbox.content import Attachment, Card, File, Place
from sandbox.media_types import KB, MB, PICTURES, bare_type
from sandbox.messages import Reply

NAMES = {
    "image": "Picture",
    "video": "Video",
    "audio": "Audio",
    "sticker": "Sticker",
    "document": "Document",
}
PIN = (
    '<svg viewBox="0 0 24 24"><path d="M12 2a7 7 0 0 0-7 7c0 5 7 13 7 13s7-8 7-13a7 7 0 0 0-7-7z'
    'm0 9.5a2.5 2.5 0 1 1 0-5 2.5 2.5 0 0 1 0 5z"/></svg>'
)
PLAY = '<svg viewBox="0 0 24 24"><path d="M7 4v16l13-8z"/></svg>'
FRAME = (
    '<svg viewBox="0 0 24 24"><path fill-rule="evenodd" d="M3 4h18v16H3z'
    'm2 2v9l4-4 4 4 3-3 3 3V6zm10 4a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3z"/></svg>'
)
CONTACTS_SHOWN = 3


def attachment_view(attachment: Attachment | None, business: Business) -> str:
    """Return HTML, empty where there is nothing to show above the text."""
    if isinstance(attachment, File):
        return file_view(attachment, business)
    if isinstance(attachment, Place):
        return place_view(attachment)
    if isinstance(attachment, tuple) and attachment and isinstance(attachment[0], Card):
        return cards_view(attachment)
    return ""


def file_view(file: File, business: Business) -> str:
    is_picture = file.kind in {"image", "sticker"} and bare_type(file.mime_type) in PICTURES
    if is_picture and file.id in business.media.media:
        name = NAMES[file.kind]
        return f'<img class="{file.kind}" src="/_sandbox/media/{escape(file.id)}" alt="{name}">'
    return VIEWS[file.kind](file)


def tile(file: File) -> str:
    icon = PLAY if file.kind == "video" else FRAME
    return (
        f'<div class="tile {file.kind}"><span class="icon" aria-hidden="true">{icon}</span>'
        f"<b>{NAMES[file.kind]}</b>{source_line(file)}</div>"
    )


def sound(file: File) -> str:
    return (
        f'<div class="sound"><span class="icon" aria-hidden="true">{PLAY}</span>'
        f'<span class="wave" aria-hidden="true"></span><b class="hidden">Audio</b>{source_line(file)}</div>'
    )


def document(file: File) -> str:
    name = file.filename or file.link.rsplit("/", 1)[-1] or "Document"
    ending = name.rpartition(".")[2][:4].upper() if "." in name else "FILE"
    link = f"/_sandbox/media/{file.id}" if file.id else ""
    title = (
        f'<a href="{escape(link)}" download="{escape(name)}">{escape(name)}</a>' if link else f"<b>{escape(name)}</b>"
    )
    return (
        f'<div class="file"><span class="ending" aria-hidden="true">{escape(ending)}</span>'
        f"<div>{title}{source_line(file)}</div></div>"
    )


def source_line(file: File) -> str:
    """Say how large a file is, or where it would be fetched from."""
    if file.link:
        return f"<small>from {escape(file.link)}</small>"
    return f"<small>{size_of(file.size)}</small>" if file.size else ""


def size_of(size: int) -> str:
    """Return a size in words.

    >>> size_of(2_500_000)
    '2.4 MB'
    """
    if size >= MB:
        return f"{size / MB:.1f} MB"
    return f"{size / KB:.0f} KB" if size >= KB else f"{size} bytes"


VIEWS: dict[str, Callable[[File], str]] = {
    "image": tile,
    "video": tile,
    "sticker": tile,
    "audio": sound,
    "document": document,
}


def place_view(place: Place) -> str:
    where = f"{place.latitude}, {place.longitude}"
    lines = [f"<b>{escape(place.name)}</b>" if place.name else "", escape(place.address), f"<small>{where}</small>"]
    text = "<br>".join(filter(None, lines))
    return f'<div class="place"><span class="map" aria-hidden="true">{PIN}</span><p>{text}</p></div>'


def cards_view(cards: tuple[Any, ...]) -> str:
    shown = "".join(card_view(card) for card in cards[:CONTACTS_SHOWN])
    rest = len(cards) - CONTACTS_SHOWN
    return shown + (f'<p class="footer">and {rest} more</p>' if rest > 0 else "")


def card_view(card: Card) -> str:
    initials = "".join(word[0] for word in card.name.split()[:2])
    lines = "".join(f"<small>{escape(line)}</small>" for line in card.lines)
    return (
        f'<div class="card"><span class="avatar" aria-hidden="true">{escape(initials)}</span>'
        f"<div><b>{escape(card.name)}</b>{lines}</div></div>"
    )


def attachment_of(reply: Reply) -> Attachment | None:
    """Read from a person's message what it shows besides its words."""
    kind, told = reply.inbound.type, reply.inbound.content.get(reply.inbound.type)
    if kind in NAMES and isinstance(told, dict):
        size = len(reply.inbound.file[0]) if reply.inbound.file else 0
        return File(kind, told["id"], "", told.get("filename", ""), told["mime_type"], size)
    if kind == "location" and isinstance(told, dict):
        return Place(told["latitude"], told["longitude"], told.get("name", ""), told.get("address", ""))
    if kind == "contacts" and isinstance(told, list):
        return tuple(
            Card(card["name"]["formatted_name"], tuple(phone["phone"] for phone in card["phones"])) for card in told
        )
    return None


def words_of(reply: Reply) -> str:
    """Return the words of a person's message, without what its attachment shows already."""
    if reply.inbound.type in NAMES:
        caption = reply.inbound.content[reply.inbound.type].get("caption", "")
        return str(caption)
    return "" if reply.inbound.type in {"location", "contacts"} else reply.text
