"""The files that Meta keeps: those that the business uploaded, and those that people sent."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Any

from sandbox.clock import DAY, Clock
from sandbox.graph_errors import GraphError, invalid_parameter, missing_object
from sandbox.times import iso

UPLOADED_DAYS, RECEIVED_DAYS = 30, 7
URL_SECONDS = 300


@dataclass(slots=True)
class Medium:
    """A file with an ID. `sha256` and `mime_type` are what is told of it, and may lie where somebody asked for it."""

    id: str
    data: bytes
    mime_type: str
    sha256: str
    filename: str
    received: bool
    expires_at: float
    deleted: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return what tests see of it."""
        return {
            "id": self.id,
            "mime_type": self.mime_type,
            "sha256": self.sha256,
            "file_size": len(self.data),
            "filename": self.filename,
            "origin": "received" if self.received else "uploaded",
            "expires_at": iso(self.expires_at),
            "deleted": self.deleted,
        }


def new_media_id() -> str:
    return str(10**15 + secrets.randbelow(9 * 10**15))


class MediaShelf:
    """Uploaded files live 30 days, received ones 7, and the address of a download five minutes."""

    def __init__(self, clock: Clock, keep: int) -> None:
        self.clock = clock
        self.keep = keep
        self.media: dict[str, Medium] = {}
        self.key = secrets.token_bytes(16)

    def add(
        self,
        data: bytes,
        mime_type: str,
        *,
        filename: str = "",
        received: bool = False,
        media_id: str = "",
        sha256: str = "",
    ) -> Medium:
        days = RECEIVED_DAYS if received else UPLOADED_DAYS
        medium = Medium(
            id=media_id or new_media_id(),
            data=data,
            mime_type=mime_type,
            sha256=sha256 or hashlib.sha256(data).hexdigest(),
            filename=filename,
            received=received,
            expires_at=self.clock() + days * DAY,
        )
        self.media[medium.id] = medium
        if len(self.media) > self.keep:
            self.media.pop(next(iter(self.media)))
        return medium

    def is_there(self, media_id: str) -> bool:
        medium = self.media.get(media_id)
        return medium is not None and not medium.deleted and medium.expires_at > self.clock()

    def find(self, media_id: str, method: str) -> Medium:
        """Return a file that is still there; Meta's refusal where it is not."""
        if not self.is_there(media_id):
            raise missing_object(media_id, method)
        return self.media[media_id]

    def require_uploaded(self, media_id: str, path: str) -> Medium:
        """Return the file that a message may carry: uploaded by the business, and still there."""
        medium = self.media.get(media_id)
        if medium is None or medium.received:
            raise invalid_parameter(f"Param {path} is not a valid whatsapp business account media attachment ID")
        if not self.is_there(media_id):
            raise GraphError(131053, f"Media {media_id} has expired or was deleted. Upload it again.")
        return medium

    def expire(self, media_id: str) -> None:
        """Let an ID end now. ValueError: there is none such."""
        if media_id not in self.media:
            raise ValueError(f"no such media: {media_id!r}")
        self.media[media_id].expires_at = self.clock()

    def download_query(self, medium: Medium) -> dict[str, str]:
        """Return the query of a download address, which nobody can make up."""
        until = str(int(self.clock() + URL_SECONDS))
        return {"mid": medium.id, "ext": until, "hash": self.seal(medium.id, until)}

    def seal(self, media_id: str, until: str) -> str:
        return hmac.new(self.key, f"{media_id} {until}".encode(), hashlib.sha256).hexdigest()[:32]

    def downloaded(self, media_id: str, until: str, seal: str) -> Medium | None:
        """Return the file of a download address, or None where the address is wrong or over."""
        if not hmac.compare_digest(seal.encode(), self.seal(media_id, until).encode()):
            return None
        if float(until) < self.clock() or not self.is_there(media_id):
            return None
        return self.media[media_id]
