"""The steps that a message has gone, as they are shown: in order, by the clock of whoever reported each."""

from dataclasses import dataclass
from datetime import datetime

from communications.models import Message, Status


@dataclass(frozen=True)
class Step:
    """One line of a timeline; `at` is None while it lies ahead.

    `is_recovered`: the webhook was lost, and WhatsApp was asked.
    """

    status: Status
    at: datetime | None
    is_recovered: bool = False


def steps_of(message: Message) -> list[Step]:
    """Return what has happened, none later than what followed it; costs no query where it is prefetched.

    Meta's clock counts whole seconds and is not ours: what came after tells better when a step was past.
    """
    steps: list[Step] = []
    latest: datetime | None = None
    for row in reversed(message.timeline):
        latest = min(row.at, latest) if latest else row.at
        steps.append(Step(Status(row.status), latest, is_recovered="recovered" in row.details))
    return steps[::-1]
