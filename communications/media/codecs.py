"""What Meta asks of the inside of a file beyond its type. Pure.

Source: Meta's table of supported media types: images of 8 bits a colour; video in H.264 with sound in AAC, one track of
it at most; Ogg in Opus with one channel. Stickers have another limit when they move.
"""

from typing import BinaryIO

from communications.media import mp4

_H264 = {"avc1", "avc3"}
_OPUS = b"OpusHead"


def problem(mime_type: str, stream: BinaryIO) -> str:
    """Say in a sentence why WhatsApp would not play or show this file; empty where nothing speaks against it."""
    look = _LOOKS.get(mime_type)
    return look(stream) if look else ""


def is_animated(stream: BinaryIO) -> bool:
    """Say whether a WebP picture moves: a flag in its extended header."""
    head = _head(stream)
    return head[12:16] == b"VP8X" and len(head) > 20 and bool(head[20] & 0x02)


def _video(stream: BinaryIO) -> str:
    try:
        tracks = mp4.tracks(stream)
    except ValueError as exc:
        return f"The video cannot be played: {exc}. Export it again."
    pictures = {track.codec for track in tracks if track.kind == "vide"}
    sounds = [track.codec for track in tracks if track.kind == "soun"]
    if not pictures:
        return "The video holds no picture. Send it as audio."
    if other := pictures - _H264:
        return f"The video is coded as {_named(other)}. WhatsApp plays H.264 only: convert it."
    if len(sounds) > 1:
        return f"The video has {len(sounds)} sound tracks. WhatsApp takes one at most."
    if other := set(sounds) - {"mp4a"}:
        return f"The video's sound is coded as {_named(other)}. WhatsApp plays AAC only: convert it."
    return ""


def _m4a(stream: BinaryIO) -> str:
    try:
        codecs = {track.codec for track in mp4.tracks(stream) if track.kind == "soun"}
    except ValueError as exc:
        return f"The audio cannot be played: {exc}. Export it again."
    if other := codecs - {"mp4a"}:
        return f"The audio is coded as {_named(other)}. WhatsApp plays AAC only: convert it."
    return ""


def _ogg(stream: BinaryIO) -> str:
    head = _head(stream)
    at = head.find(_OPUS)
    if at < 0:
        return "The Ogg file is not coded as Opus, the only coding of Ogg that WhatsApp plays: convert it."
    channels = head[at + 9 : at + 10]
    if channels != b"\x01":
        return "The Ogg file is in stereo. WhatsApp plays Opus with one channel: convert it to mono."
    return ""


def _jpeg(stream: BinaryIO) -> str:
    """Walk the segments up to the frame header, which names bits and colours."""
    stream.seek(2)
    while (marker := stream.read(4)) and len(marker) == 4 and marker[0] == 0xFF:
        if marker[1] in _FRAMES:
            bits, *_sizes, colours = stream.read(6)
            return _colours(bits, cmyk=colours == 4)
        stream.seek(max(0, int.from_bytes(marker[2:4], "big") - 2), 1)
    return ""


# Every way to code a JPEG; the three left out are tables that share the range.
_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def _png(stream: BinaryIO) -> str:
    bits = _head(stream)[24:25]
    return _colours(bits[0] if bits else 8, cmyk=False)


def _colours(bits: int, *, cmyk: bool) -> str:
    if bits > 8:
        return f"The picture has {bits} bits a colour. WhatsApp shows 8: convert it."
    return "The picture's colours are for print (CMYK). WhatsApp shows RGB: convert it." if cmyk else ""


def _head(stream: BinaryIO) -> bytes:
    stream.seek(0)
    return stream.read(4096)


def _named(codecs: set[str]) -> str:
    return ", ".join(sorted(codec.strip() or "something unknown" for codec in codecs))


_LOOKS = {
    "image/jpeg": _jpeg,
    "image/png": _png,
    "video/mp4": _video,
    "video/3gpp": _video,
    "audio/mp4": _m4a,
    "audio/ogg": _ogg,
}
