"""When a list will have gone out: at the pace that was measured, or the one that is set, within what a day allows."""

import math
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from communications import daily_limit
from communications.conf import setting
from communications.models import Campaign
from invitations.batches.tallies import Tally
from invitations.models import InvitationBatch

_DAY = timedelta(hours=24).total_seconds()
# Counting people is not for each poll of each page; in seconds.
_LIMIT_KNOWN_FOR = 10.0


@dataclass(frozen=True)
class Limit:
    """People whom Meta lets the number write to first in 24 hours, how many of them are left, and when it goes on."""

    a_day: int
    left: int
    goes_on_at: datetime | None


@dataclass(frozen=True)
class Forecast:
    """`pace` is in messages a second. `seconds` are those that the rest takes, None while nothing leaves."""

    rest: int
    pace: float
    is_measured: bool
    seconds: float | None
    limit: Limit | None

    @property
    def ends_at(self) -> datetime | None:
        return None if self.seconds is None else timezone.now() + timedelta(seconds=self.seconds)

    @property
    def is_bound_by_the_day(self) -> bool:
        """Whether the rest is more than Meta lets the number send today."""
        return self.limit is not None and self.rest > self.limit.left


def forecast(batch: InvitationBatch, tally: Tally) -> Forecast:
    """Say how long the rest of the list takes, if it is started now or goes on as it does."""
    rest, limit = remaining(batch, tally), limit_today()
    set_pace = float(setting("WHATSAPP_MESSAGES_PER_SECOND"))
    measured = tally.pace if batch.state == Campaign.State.RUNNING else None
    pace = set_pace if measured is None else measured
    is_bound = limit is not None and rest > limit.left
    if limit and is_bound:
        seconds: float | None = _seconds_over_days(rest, pace or set_pace, limit)
    else:
        seconds = rest / pace if pace else None
    return Forecast(rest, pace, measured is not None, seconds, limit)


def remaining(batch: InvitationBatch, tally: Tally) -> int:
    """How many people are still to be sent their message."""
    if batch.campaign and batch.campaign.state in {Campaign.State.CANCELLED, Campaign.State.FINISHED}:
        return 0
    return max(0, batch.people - tally.left)


def limit_today() -> Limit | None:
    """What Meta's limit of people a day leaves; None where there is none, or Meta has said nothing."""
    known_at, limit = _known.get("limit", (-math.inf, None))
    if time.monotonic() - known_at > _LIMIT_KNOWN_FOR:
        limit = _count_today()
        _known["limit"] = time.monotonic(), limit
    return limit


_known: dict[str, tuple[float, Limit | None]] = {}


def forget() -> None:
    """Count anew the next time."""
    _known.clear()


def _count_today() -> Limit | None:
    a_day, left = daily_limit.people_a_day(), daily_limit.limits_left()
    if a_day is None or left is None:
        return None
    return Limit(a_day, left, daily_limit.goes_on_at() if left == 0 else None)


def _seconds_over_days(rest: int, pace: float, limit: Limit) -> float:
    """Each further day begins when the first people of the one before stop counting."""
    beyond = rest - limit.left
    days = math.ceil(beyond / max(1, limit.a_day))
    on_the_last = beyond - (days - 1) * limit.a_day
    until_next = (limit.goes_on_at - timezone.now()).total_seconds() if limit.goes_on_at else _DAY
    return max(0.0, until_next) + (days - 1) * _DAY + on_the_last / pace
