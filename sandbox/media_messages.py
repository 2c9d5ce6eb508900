"""Messages with a file, and the files in the headers of others: an uploaded one, or one at a link."""

from urllib.parse import urlsplit

from sandbox.business import Business
from sandbox.content import Content, File
from sandbox.graph_errors import invalid_parameter
from sandbox.media_types import require_sendable
from sandbox.parameters import JSONObject, optional_text, require_text

CAPTION_LIMIT = 1024
KEYS = {
    "image": {"caption"},
    "video": {"caption"},
    "document": {"caption", "filename"},
    "audio": {"voice"},
    "sticker": set[str](),
}


def check_media(kind: str, value: JSONObject, business: Business) -> Content:
    file = check_file(kind, value, business, allowed=KEYS[kind])
    caption = optional_text(value, "caption", path=f"{kind}['caption']", most=CAPTION_LIMIT)
    return Content(caption, header=f"[{file.filename or kind.capitalize()}]", attachment=file)


def check_file(kind: str, value: JSONObject, business: Business, *, allowed: set[str]) -> File:
    """Return the file of `id` or `link`, of which there must be exactly one."""
    for key in value:
        if key not in {"id", "link", *allowed}:
            raise invalid_parameter(f"Unexpected key '{key}' on param '{kind}'.")
    if ("id" in value) == ("link" in value):
        raise invalid_parameter(f"Param {kind} must have exactly one of 'id' and 'link'.")
    filename = optional_text(value, "filename", path=f"{kind}['filename']")
    if "link" in value:
        return File(kind, link=read_link(kind, value), filename=filename)
    media_id = require_text(value, "id", path=f"{kind}['id']")
    medium = business.media.require_uploaded(media_id, f"{kind}['id']")
    require_sendable(kind, medium.mime_type)
    return File(kind, medium.id, "", filename, medium.mime_type, len(medium.data))


def read_link(kind: str, value: JSONObject) -> str:
    link = require_text(value, "link", path=f"{kind}['link']")
    try:
        parts = urlsplit(link)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise invalid_parameter(f"Param {kind}['link'] is not a valid URI.")
    return link
