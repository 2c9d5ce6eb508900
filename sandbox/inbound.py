"""What people write to the business: one builder for each kind, shaped as in Meta's webhooks.

Pure functions; who wrote, when and in answer to what is added by `notifications.py`. `build("image", {…})` finds the
builder by its name, which is the word that `Sandbox.receive` and `POST /_sandbox/replies` take.
"""

import base64
import binascii
import hashlib
import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from sandbox.media_shelf import new_media_id
from sandbox.people import Person, person_with_phone
from sandbox.sample_files import sample_file

JSON = dict[str, Any]


class Inbound(NamedTuple):
    """A message of Meta's `type`; `content` goes into the message, `shown` onto the phone.

    `file` is the bytes and the type of what can be downloaded as `media_id`; `sha256` is told of it, true or not.
    """

    type: str
    content: JSON
    shown: str
    file: tuple[bytes, str] | None = None
    media_id: str = ""
    sha256: str = ""


def text(body: str) -> Inbound:
    if not body.strip():
        raise ValueError("text must not be empty")
    return Inbound("text", {"text": {"body": body}}, body)


def media(kind: str, mime_type: str, *, file: bytes | str, lie: str, **more: Any) -> Inbound:
    """Build a message with a file: a sample unless `file` gives its bytes, or those as base64.

    `lie` makes it false: "sha256" tells the hash of something else, "mime_type" hides a zip under that type.
    """
    if lie not in {"", "sha256", "mime_type"}:
        raise ValueError('lie must be "sha256", "mime_type" or nothing')
    data = sample_file("application/zip") if lie == "mime_type" else read_bytes(file) or sample_file(mime_type)
    media_id = new_media_id()
    sha256 = hashlib.sha256(media_id.encode() if lie == "sha256" else data).hexdigest()
    told = {
        "mime_type": mime_type,
        "sha256": sha256,
        "id": media_id,
        **{name: value for name, value in more.items() if value != ""},
    }
    words = more.get("caption") or more.get("filename") or ""
    return Inbound(kind, {kind: told}, f"[{kind}] {words}".strip(), (data, mime_type), media_id, sha256)


def read_bytes(file: bytes | str) -> bytes:
    if isinstance(file, bytes):
        return file
    try:
        return base64.b64decode(file, validate=True)
    except binascii.Error as error:
        raise ValueError("file must be base64") from error


def image(caption: str = "", mime_type: str = "image/jpeg", file: bytes | str = b"", lie: str = "") -> Inbound:
    return media("image", mime_type, file=file, lie=lie, caption=caption)


def video(caption: str = "", mime_type: str = "video/mp4", file: bytes | str = b"", lie: str = "") -> Inbound:
    return media("video", mime_type, file=file, lie=lie, caption=caption)


def audio(
    voice: bool = True, mime_type: str = "audio/ogg; codecs=opus", file: bytes | str = b"", lie: str = ""
) -> Inbound:
    return media("audio", mime_type, file=file, lie=lie, voice=voice)


def document(
    filename: str = "invoice.pdf",
    caption: str = "",
    mime_type: str = "application/pdf",
    file: bytes | str = b"",
    lie: str = "",
) -> Inbound:
    return media("document", mime_type, file=file, lie=lie, filename=filename, caption=caption)


def sticker(animated: bool = False, mime_type: str = "image/webp", file: bytes | str = b"", lie: str = "") -> Inbound:
    return media("sticker", mime_type, file=file, lie=lie, animated=animated)


def location(latitude: float = 40.2338, longitude: float = -111.6585, name: str = "", address: str = "") -> Inbound:
    place = {"latitude": latitude, "longitude": longitude}
    named = {key: value for key, value in (("name", name), ("address", address)) if value}
    return Inbound("location", {"location": {**place, **named}}, f"[location] {name or f'{latitude}, {longitude}'}")


def contacts(name: str = "Grace Kim", phone: str = "+13855007717") -> Inbound:
    first, _, last = name.partition(" ")
    card = {
        "name": {"formatted_name": name, "first_name": first, **({"last_name": last} if last else {})},
        "phones": [{"phone": phone, "wa_id": phone.lstrip("+"), "type": "CELL"}],
    }
    return Inbound("contacts", {"contacts": [card]}, f"[contact] {name}")


def reaction(message_id: str, emoji: str = "👍") -> Inbound:
    """React to a message; an empty `emoji` takes the reaction back."""
    told = {"message_id": message_id, **({"emoji": emoji} if emoji else {})}
    return Inbound("reaction", {"reaction": told}, f"[reaction] {emoji or 'taken back'}")


def button(text: str, payload: str = "") -> Inbound:
    """Press a quick reply of a template."""
    return Inbound("button", {"button": {"payload": payload or text, "text": text}}, text)


def button_reply(id: str, title: str) -> Inbound:  # noqa: A002  Meta's word
    return interactive("button_reply", {"id": id, "title": title}, title)


def list_reply(id: str, title: str, description: str = "") -> Inbound:  # noqa: A002  Meta's word
    row = {"id": id, "title": title, **({"description": description} if description else {})}
    return interactive("list_reply", row, title)


def nfm_reply(response: Mapping[str, Any] | None = None, body: str = "Sent", name: str = "flow") -> Inbound:
    """Hand in the form of a flow."""
    answered = {"flow_token": "unused", **(response or {})}
    return interactive("nfm_reply", {"response_json": json.dumps(answered), "body": body, "name": name}, body)


def interactive(kind: str, told: JSON, shown: str) -> Inbound:
    return Inbound("interactive", {"interactive": {"type": kind, kind: told}}, shown)


def order(catalog_id: str = "194836987003835", product_items: Sequence[JSON] = (), text: str = "") -> Inbound:
    item = {"product_retailer_id": "di9ozbzfi4", "quantity": 2, "item_price": 30, "currency": "USD"}
    told = {"catalog_id": catalog_id, "text": text, "product_items": list(product_items) or [item]}
    return Inbound("order", {"order": told}, f"[order] {text}".strip())


def unsupported(kind: str = "poll_creation") -> Inbound:
    error = {
        "code": 131051,
        "title": "Message type unknown",
        "message": "Message type unknown",
        "error_data": {"details": "Message type is currently not supported."},
    }
    return Inbound("unsupported", {"errors": [error], "unsupported": {"type": kind}}, f"[unsupported] {kind}")


def edit(original_message_id: str, body: str) -> Inbound:
    changed = {"type": "text", "text": {"body": body}}
    return Inbound("edit", {"edit": {"original_message_id": original_message_id, "message": changed}}, body)


def revoke(original_message_id: str) -> Inbound:
    return Inbound("revoke", {"revoke": {"original_message_id": original_message_id}}, "[message taken back]")


def request_welcome() -> Inbound:
    """Open the chat for the first time."""
    return Inbound("request_welcome", {}, "[opened the chat]")


def user_changed_number(person: Person, new_phone: str, *, hidden: bool = False) -> Inbound:
    """Move to another phone number; the person still speaks under the old one."""
    new = person_with_phone(new_phone)
    return system("user_changed_number", new, f"changed from {person.wa_id} to {new.wa_id}", person, hidden=hidden)


def user_changed_user_id(person: Person, new_phone: str, *, hidden: bool = False) -> Inbound:
    """Get a new user ID, as everybody does who changes the phone number; the person speaks under the new one."""
    new = person_with_phone(new_phone)
    sentence = f"changed from {person.user_id} to {new.user_id}"
    told = system("user_changed_user_id", new, sentence, person, hidden=hidden)
    told.content["system"]["previous_user_id"] = person.user_id
    return told._replace(content={"from": new.wa_id, "from_user_id": new.user_id, **told.content})


def system(kind: str, new: Person, sentence: str, person: Person, *, hidden: bool) -> Inbound:
    body = f"User {person.name} {sentence}"
    told = {"body": body, "wa_id": new.wa_id, "user_id": new.user_id, "type": kind}
    if hidden:
        del told["wa_id"]
        told["body"] = body.replace(f"from {person.wa_id} to {new.wa_id}", "to another phone number")
    return Inbound("system", {"system": told}, f"[system] {told['body']}")


Builder = Callable[..., Inbound]
BUILDERS: dict[str, Builder] = {
    builder.__name__: builder
    for builder in (
        *(text, image, video, audio, document, sticker, location, contacts, reaction, button),
        *(button_reply, list_reply, nfm_reply, order, unsupported, edit, revoke, request_welcome),
    )
}
SYSTEM_BUILDERS: dict[str, Builder] = {
    builder.__name__: builder for builder in (user_changed_number, user_changed_user_id)
}


def build(kind: str, content: Mapping[str, Any], *, person: Person, hidden: bool = False) -> Inbound:
    """Build what a person writes; ValueError names what is unknown, missing or wrong."""
    builder = BUILDERS.get(kind) or SYSTEM_BUILDERS.get(kind)
    if builder is None:
        raise ValueError(f"no such kind of message: {kind!r}; there are {', '.join([*BUILDERS, *SYSTEM_BUILDERS])}")
    given = {**content, "person": person, "hidden": hidden} if kind in SYSTEM_BUILDERS else dict(content)
    try:
        inspect.signature(builder).bind(**given)
        return builder(**given)
    except (TypeError, AttributeError) as error:
        raise ValueError(f"{kind}: {error}") from error
