"""What a caller wants to send: one file, one link or one ID of Meta's, checked before anybody is asked anything."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from communications.errors import InvalidMessage
from communications.graph import media_payloads
from communications.graph.client import Credentials, GraphClient
from communications.graph.media_protocol import is_media_id
from communications.media import limits, uploads
from communications.media.links import check_link

MediaFile = Path | bytes | BinaryIO


@dataclass(frozen=True)
class Attachment:
    """`file` is a path, bytes or an open binary file that can be sought; Django's files are such.

    Raises `InvalidMessage` when made of something that WhatsApp does not take.
    """

    kind: str
    file: MediaFile | None = None
    link: str | None = None
    media_id: str | None = None
    caption: str = ""
    filename: str = ""

    def __post_init__(self) -> None:
        limits.check_kind(self.kind)
        if sum(source is not None for source in (self.file, self.link, self.media_id)) != 1:
            raise InvalidMessage("Give exactly one of file, link and media_id.")
        limits.check_caption(self.kind, self.caption)
        limits.check_filename(self.kind, self.shown_name)
        if self.media_id is not None and not is_media_id(self.media_id):
            raise InvalidMessage("The media ID is not one of Meta's.")
        if self.link is not None:
            check_link(self.link)
        if self.file is not None:
            with self._opened() as file:
                limits.check_file(self.kind, file, self._own_name)

    @property
    def shown_name(self) -> str:
        """The name under which a recipient saves a document: what the caller says, or that of the path."""
        return self.filename or (self._own_name if self.kind == "document" else "")

    def content(self, *, credentials: Credentials, client: GraphClient) -> dict[str, Any]:
        """The part of the request that depends on the kind; uploads the file unless Meta has it."""
        return media_payloads.media(
            self.kind,
            media_id=self.media_id or self._uploaded(credentials, client),
            link=self.link or "",
            caption=self.caption,
            filename=self.shown_name,
        )

    @property
    def _own_name(self) -> str:
        return self.filename or (self.file.name if isinstance(self.file, Path) else "")

    def _uploaded(self, credentials: Credentials, client: GraphClient) -> str:
        if self.file is None:
            return ""
        with self._opened() as file:
            # Looked at again: a file may have been changed since.
            mime_type = limits.check_file(self.kind, file, self._own_name)
            return uploads.media_id_of(file, mime_type, credentials=credentials, client=client)

    def _opened(self) -> AbstractContextManager[BinaryIO]:
        if isinstance(self.file, Path):
            return self._open_path(self.file)
        if isinstance(self.file, bytes):
            return BytesIO(self.file)
        if self.file is None or not self.file.seekable():
            raise InvalidMessage("The file cannot be read twice. Give a path, bytes or a file that can be sought.")
        return nullcontext(self.file)

    @staticmethod
    def _open_path(path: Path) -> BinaryIO:
        try:
            return path.open("rb")
        except OSError as exc:
            raise InvalidMessage(f"The file {path.name} cannot be read.") from exc
