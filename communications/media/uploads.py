"""A file goes to Meta once: after that its ID is sent, for as long as the ID lives."""

import hashlib
import logging
import mimetypes
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, BinaryIO

from django.utils import timezone

from communications import channel
from communications.errors import ChannelPaused, SendFailed
from communications.graph.client import Credentials, GraphClient
from communications.graph.media_protocol import read_upload
from communications.graph.multipart import FileForm
from communications.media.limits import KINDS
from communications.models import Message, UploadedMedia
from communications.statuses import Applied

logger = logging.getLogger(__name__)

# Meta keeps an uploaded file for 30 days; a message may wait a while before it is sent.
KEPT_AT_META = timedelta(days=30)
MARGIN = timedelta(days=1)
# An unknown ID is a value that Meta does not accept; a file that it has lost cannot be loaded.
_GONE = {100, 131009, 131052, 131053}
_CHUNK = 1024 * 1024


def media_id_of(file: BinaryIO, mime_type: str, *, credentials: Credentials, client: GraphClient) -> str:
    """Return Meta's ID of this content, uploading it if Meta does not have it.

    Raises `SendFailed`, `RateLimited`, `ChannelPaused`, `MetaUnreachable` or `NotConfigured`: in each case no message
    has left.
    """
    sha256 = _sha256(file)
    known = UploadedMedia.objects.filter(
        phone_number_id=credentials.phone_number_id, sha256=sha256, mime_type=mime_type, expires_at__gt=timezone.now()
    ).first()
    if known:
        return known.media_id
    media_id = _upload(file, mime_type, credentials, client)
    _remember(media_id, sha256, mime_type, size=file.seek(0, 2), phone_number_id=credentials.phone_number_id)
    return media_id


def forget_refused(media_id: str, refusal: SendFailed, *, asked_at: datetime) -> bool:
    """Forget an ID that Meta does not know any more; say whether uploading the file again is worth it.

    Meta has no code of its own for it, so any refusal that may mean it counts. A file that was uploaded only after
    `asked_at`, for this very message, is not gone but refused.
    """
    if refusal.meta_code not in _GONE:
        return False
    was_reused = UploadedMedia.objects.filter(media_id=media_id, uploaded_at__lt=asked_at).exists()
    _forget([media_id])
    return was_reused


def forget_refused_header(content: Mapping[str, Any], refusal: SendFailed) -> None:
    """Forget the file over the text of a message that Meta refused at once: who builds it again uploads it anew."""
    if refusal.meta_code in _GONE and content["type"] not in KINDS:
        _forget(list(_ids_in(content)))


def forget_failed(applied: Iterable[Applied]) -> None:
    """Meta often tells only by webhook that it could not load a file: the next message uploads it again."""
    failed = [step.message.pk for step in applied if step.update.meta_code in _GONE]
    if not failed:
        return
    contents = Message.objects.filter(pk__in=failed).values_list("content", flat=True)
    _forget([media_id for content in contents for media_id in _ids_in(content)])


def _ids_in(content: Any) -> Iterator[str]:
    """Meta's IDs of the files in a message: of its own, or over the text of buttons, a link or a template."""
    if isinstance(content, list):
        for part in content:
            yield from _ids_in(part)
    elif isinstance(content, dict):
        for name, part in content.items():
            if name in KINDS and isinstance(part, dict) and isinstance(part.get("id"), str):
                yield part["id"]
            else:
                yield from _ids_in(part)


def _forget(media_ids: list[str]) -> None:
    forgotten, _ = UploadedMedia.objects.filter(media_id__in=media_ids).delete()
    if forgotten:
        logger.warning("Meta could not use %s uploaded files; they are uploaded again when needed", forgotten)


def _upload(file: BinaryIO, mime_type: str, credentials: Credentials, client: GraphClient) -> str:
    form = FileForm(
        {"messaging_product": "whatsapp", "type": mime_type},
        file,
        filename=f"file{mimetypes.guess_extension(mime_type) or ''}",
        mime_type=mime_type,
    )
    try:
        return read_upload(client.upload(credentials, form))
    except ChannelPaused as refusal:
        channel.pause(credentials.phone_number_id, credentials.access_token, meta_code=refusal.meta_code)
        raise


def _remember(media_id: str, sha256: str, mime_type: str, *, size: int, phone_number_id: str) -> None:
    now = timezone.now()
    # Two who upload the same at once both get an ID that works; the later one is kept.
    UploadedMedia.objects.update_or_create(
        phone_number_id=phone_number_id,
        sha256=sha256,
        defaults={
            "media_id": media_id,
            "mime_type": mime_type,
            "size": size,
            "uploaded_at": now,
            "expires_at": now + KEPT_AT_META - MARGIN,
        },
    )


def _sha256(file: BinaryIO) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()
