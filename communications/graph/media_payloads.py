"""The media part of `POST /{phone_number_id}/messages`. Pure; what may be sent is checked in `communications/media`.

Source: Meta's Cloud API message reference: an uploaded file goes by its ID, one that Meta fetches by its link.
"""

from typing import Any


def media(kind: str, *, media_id: str = "", link: str = "", caption: str = "", filename: str = "") -> dict[str, Any]:
    """An image, video, audio, document or sticker, by `media_id` or by `link`.

    >>> media("document", media_id="1037543291543636", filename="invoice.pdf")
    {'type': 'document', 'document': {'id': '1037543291543636', 'filename': 'invoice.pdf'}}
    """
    named = {"id": media_id, "link": link, "caption": caption, "filename": filename}
    return {"type": kind, kind: {name: value for name, value in named.items() if value}}
