"""Files that people send us: expected when the message comes, fetched while Meta has them, kept if they are honest.

Meta keeps a file for seven days; the address of one lives five minutes, so each attempt asks for a new one. The rows
are the queue: several workers may fetch side by side, and one that dies gives its files back after a while.
"""

import logging
import tempfile
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, BinaryIO

from django.core.files import File
from django.db import transaction
from django.utils import timezone

from communications.errors import WhatsAppError
from communications.graph.client import Credentials, GraphClient
from communications.graph.media_protocol import MediaAddress, hex_sha256, is_media_id, read_address
from communications.media.limits import KINDS, LARGEST
from communications.media.sniffing import sniff
from communications.media.trust import contradiction
from communications.models import InboundMedia, InboundMessage

logger = logging.getLogger(__name__)

# Between two files, the worker looks after webhooks and messages.
PORTION = 1
KEPT_AT_META = timedelta(days=7)
# Longer than any attempt takes: a download with its deadline, and storing the file.
LEASE = timedelta(minutes=5)
_FIRST_PAUSE = timedelta(seconds=10)
_LONGEST_PAUSE = timedelta(hours=1)
# A hash that is wrong again and again is no accident of the line.
_WRONG_HASH_LIMIT = 5
# What a server of files says once an address has run out.
_ADDRESS_RAN_OUT = {401, 403, 404, 410}

Status = InboundMedia.Status


class _Trouble(Exception):
    """This attempt failed; the next one may not."""


class _HopelessTrouble(_Trouble):
    """No further attempt would end otherwise."""


def expect(messages: Iterable[InboundMessage]) -> None:
    """Note which of these new messages carry a file, with one INSERT for all. Runs in the webhook's transaction."""
    InboundMedia.objects.bulk_create([media for message in messages if (media := _expected(message))])


def expire_old() -> int:
    """Give up what Meta has forgotten by now; return how many files that is."""
    too_old = timezone.now() - KEPT_AT_META
    return InboundMedia.objects.filter(status=Status.WAITING, received_at__lt=too_old).update(
        status=Status.EXPIRED, finished_at=timezone.now()
    )


def fetch_due(limit: int, *, credentials: Credentials, client: GraphClient) -> int:
    """Fetch up to `limit` files that are due and nobody else is at; return how many there were."""
    claimed = _claim(limit)
    for media in claimed:
        try:
            _fetch(media, credentials, client)
        except _HopelessTrouble as trouble:
            _finish(media, Status.FAILED, error=str(trouble))
        except Exception as trouble:  # noqa: BLE001 (a storage may raise anything; it is kept on the row)
            _try_again_later(media, trouble)
    return len(claimed)


def _expected(message: InboundMessage) -> InboundMedia | None:
    part: Any = message.content.get(message.kind)
    if message.kind not in KINDS or not isinstance(part, dict) or not is_media_id(part.get("id")):
        return None
    said = part.get("mime_type")
    return InboundMedia(
        message=message,
        kind=message.kind,
        media_id=part["id"],
        mime_type=said[:255] if isinstance(said, str) else "",
        sha256=hex_sha256(part.get("sha256")),
        received_at=message.at,
    )


def _claim(limit: int) -> list[InboundMedia]:
    now = timezone.now()
    with transaction.atomic():
        due = list(
            InboundMedia.objects.select_for_update(skip_locked=True)
            .filter(status=Status.WAITING, next_attempt_at__lte=now)
            .order_by("next_attempt_at")[:limit]
        )
        InboundMedia.objects.filter(pk__in=[media.pk for media in due]).update(next_attempt_at=now + LEASE)
    return due


def _fetch(media: InboundMedia, credentials: Credentials, client: GraphClient) -> None:
    with tempfile.TemporaryFile() as file:
        address, sha256 = _download(media, file, credentials, client)
        _check_hash(media, sha256, said={media.sha256, address.sha256} - {""})
        found = sniff(file)
        lie = contradiction(media.kind, media.mime_type or address.mime_type, found)
        _keep(media, file, found, lie)


def _download(
    media: InboundMedia, file: BinaryIO, credentials: Credentials, client: GraphClient
) -> tuple[MediaAddress, str]:
    """Fetch the file; if its address ran out in between, ask for a new one, once."""
    for _ in range(2):
        address = read_address(client.get_media(credentials, media.media_id))
        if address.size is not None and address.size > LARGEST:
            raise _HopelessTrouble(f"It has {address.size:,} bytes; {LARGEST:,} are the most that is kept.")
        done = client.download(credentials, address.url, into=file, limit=LARGEST)
        if done.size > LARGEST:
            raise _HopelessTrouble(f"It has more than {LARGEST:,} bytes, the most that is kept.")
        if done.status == 200:
            return address, done.sha256
        if done.status not in _ADDRESS_RAN_OUT:
            break
    raise _Trouble(f"Meta answered the download with status {done.status}.")


def _check_hash(media: InboundMedia, sha256: str, *, said: set[str]) -> None:
    if not said:
        raise _Trouble("Meta named no SHA-256 to check the file by.")
    if said == {sha256}:
        return
    sentence = "The content's SHA-256 is not the one that Meta names: nothing of it was kept."
    if media.attempts + 1 >= _WRONG_HASH_LIMIT:
        raise _HopelessTrouble(sentence)
    raise _Trouble(sentence)


def _keep(media: InboundMedia, file: BinaryIO, found: str, lie: str) -> None:
    size = file.seek(0, 2)
    file.seek(0)
    media.file.save("", File(file), save=False)
    fields = {"file": media.file.name, "size": size, "found_type": found, "error": lie}
    if not _finish(media, Status.QUARANTINED if lie else Status.KEPT, **fields):
        # Another worker has kept it in the meantime.
        media.file.storage.delete(str(media.file.name))


def _finish(media: InboundMedia, status: InboundMedia.Status, **fields: Any) -> bool:
    logger.info("File of inbound message %s is %s", media.message_id, status)
    return bool(
        InboundMedia.objects.filter(pk=media.pk, status=Status.WAITING).update(
            status=status, attempts=media.attempts + 1, finished_at=timezone.now(), **fields
        )
    )


def _try_again_later(media: InboundMedia, trouble: Exception) -> None:
    is_ours = isinstance(trouble, (_Trouble, WhatsAppError))
    reason = str(trouble) if is_ours else f"{type(trouble).__name__}: {trouble}"
    logger.warning("File of inbound message %s could not be fetched: %s", media.message_id, reason)
    pause = min(_FIRST_PAUSE * 2 ** min(media.attempts, 16), _LONGEST_PAUSE)
    InboundMedia.objects.filter(pk=media.pk, status=Status.WAITING).update(
        attempts=media.attempts + 1, next_attempt_at=timezone.now() + pause, error=reason
    )
