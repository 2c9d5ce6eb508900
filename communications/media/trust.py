"""Whether a file that somebody sent us is what it says. Pure.

Most files are opened by a person with a program that believes the content, not the name: a program in the clothes of a
photo must not get there.
"""

from communications.media.limits import TYPES, describe
from communications.media.sniffing import UNKNOWN

# Whatever the sender says, nobody needs to get one of these from a stranger.
_NEVER = {
    "application/vnd.microsoft.portable-executable",
    "application/x-executable",
    "text/html",
    "image/svg+xml",
    "text/x-script",
}
_FAMILIES = {"image": {"image"}, "sticker": {"image"}, "video": {"video"}, "audio": {"audio"}}
# Different names of one thing, as senders and signatures write them.
_SAME = {
    "application/ogg": "audio/ogg",
    "audio/opus": "audio/ogg",
    "audio/x-m4a": "audio/mp4",
    "audio/m4a": "audio/mp4",
    "audio/mp3": "audio/mpeg",
    "audio/aacp": "audio/aac",
    "audio/amr-nb": "audio/amr",
    "image/jpg": "image/jpeg",
    "video/3gpp2": "video/3gpp",
}
_ARCHIVES = {"application/zip", "application/x-zip-compressed", "application/x-zip"}


def contradiction(kind: str, said: str, found: str) -> str:
    """Say in a sentence how the content contradicts what was said of it; empty where it does not."""
    said, found = _plain(said), _plain(found)
    if found in _NEVER:
        return f"It is {describe(found)}."
    if kind in _FAMILIES:
        if found.partition("/")[0] in _FAMILIES[kind] or (kind, found) in _ALSO:
            return ""
        return f"It was sent as {kind} and is {describe(found)}."
    return _document(said, found)


# A voice note may come in a container that is taken for video.
_ALSO = {("audio", "video/mp4"), ("audio", "video/3gpp")}


def _document(said: str, found: str) -> str:
    """A document may be of any type. It lies where both types are known and differ."""
    if found in (UNKNOWN, said) or said in ("", UNKNOWN):
        # Content that nobody knows cannot be said to be otherwise, unless what it claims to be is well known.
        return f"It says {said}, and its content is not." if found == UNKNOWN and said in _RECOGNISED else ""
    if said.startswith("text/") and found == "text/plain":
        return ""
    if said in _ARCHIVES and found.startswith("application/vnd.openxmlformats-officedocument."):
        return ""
    if said in _RECOGNISED or found in _RECOGNISED:
        return f"It says {said} and is {describe(found)}."
    return ""


_RECOGNISED = {mime for types in TYPES.values() for mime in types} | {"application/zip", "image/gif", "image/webp"}


def _plain(mime_type: str) -> str:
    """Without parameters, such as `; codecs=opus`."""
    plain = mime_type.partition(";")[0].strip().lower()
    return _SAME.get(plain, plain)
