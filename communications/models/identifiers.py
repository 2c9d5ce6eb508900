from datetime import UTC, datetime, timedelta
from uuid import UUID

import uuid_utils.compat

_EPOCH = datetime.fromtimestamp(0, UTC)


def time_ordered_uuid() -> UUID:
    """A UUIDv7: unguessable in 74 bits, and new rows stay together in the index."""
    return uuid_utils.compat.uuid7()


def earliest_id_at(moment: datetime) -> UUID:
    """The lowest UUIDv7 of that millisecond: rows from it on were made at or after `moment`, found by their key.

    >>> earliest_id_at(datetime.fromisoformat("2026-11-22T12:00:00+00:00"))
    UUID('01a20320-a200-7000-8000-000000000000')
    """
    milliseconds = int(moment.timestamp() * 1000)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | 0x2 << 62)


def made_at(identifier: UUID) -> datetime:
    """The millisecond in which a UUIDv7 was made.

    >>> made_at(UUID("01a20320-a200-7000-8000-000000000000")).isoformat()
    '2026-11-22T12:00:00+00:00'
    """
    return _EPOCH + timedelta(milliseconds=identifier.int >> 80)
