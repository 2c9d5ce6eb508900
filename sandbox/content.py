"""What a person sees of a message."""

from typing import Any, NamedTuple


class Button(NamedTuple):
    """Something to press under a message.

    `kind` says what pressing does: `url` opens a link; `reply`, `row`, `quick_reply`, `location` and `contact` answer
    the business; `phone` and `copy_code` stay on the phone. `id` is what the business gets back, `section` and
    `description` are a list row's.
    """

    text: str
    url: str = ""
    kind: str = "url"
    id: str = ""
    description: str = ""
    section: str = ""

    def as_json(self) -> dict[str, str]:
        more = {"id": self.id, "description": self.description, "section": self.section}
        return {"text": self.text, "url": self.url, **{name: value for name, value in more.items() if value}}


class File(NamedTuple):
    """A picture, video, sound, document or sticker: an uploaded one by `id`, or one at `link`."""

    kind: str
    id: str = ""
    link: str = ""
    filename: str = ""
    mime_type: str = ""
    size: int = 0


class Place(NamedTuple):
    latitude: float
    longitude: float
    name: str = ""
    address: str = ""


class Card(NamedTuple):
    """A contact: a name, and phone numbers and the like as lines."""

    name: str
    lines: tuple[str, ...] = ()


class Reaction(NamedTuple):
    """An emoji on the message with that wamid; an empty one takes it back."""

    message_id: str
    emoji: str


Attachment = File | Place | tuple[Card, ...] | Reaction


class Content(NamedTuple):
    """A message as the phone shows it. `category` is what Meta bills it as, `list_label` what opens its rows."""

    text: str
    header: str = ""
    footer: str = ""
    buttons: tuple[Button, ...] = ()
    category: str = "service"
    attachment: Attachment | None = None
    list_label: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "header": self.header,
            "footer": self.footer,
            "buttons": [button.as_json() for button in self.buttons],
        }
