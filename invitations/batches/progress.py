"""How far a list has come, in words for a person."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from communications.models import Campaign, Status
from invitations.batches import tallies
from invitations.batches.answers import percent
from invitations.batches.cautions import Caution, cautions_about
from invitations.batches.forecasts import Forecast, forecast
from invitations.models import InvitationBatch

_Stage, _State = InvitationBatch.Stage, Campaign.State

_STATE_WORDS: dict[str, Any] = {
    _Stage.JUDGING: gettext_lazy("Being checked"),
    _Stage.READY: gettext_lazy("Ready"),
    _State.RUNNING: gettext_lazy("Being sent"),
    _State.PAUSED: gettext_lazy("Paused"),
    _State.STOPPED: gettext_lazy("Stopped by WhatsApp"),
    _State.CANCELLED: gettext_lazy("Cancelled"),
    _State.FINISHED: gettext_lazy("Sent"),
}
# In the order in which a message goes through them.
_STATUS_WORDS: dict[str, Any] = {
    tallies.WAITING: gettext_lazy("Still to be sent"),
    Status.QUEUED: gettext_lazy("In the queue"),
    Status.SENDING: gettext_lazy("Being handed over"),
    Status.UNCONFIRMED: gettext_lazy("Not confirmed"),
    Status.ACCEPTED: gettext_lazy("Taken by WhatsApp"),
    Status.HELD: gettext_lazy("Held for a check"),
    Status.SENT: gettext_lazy("On the way"),
    Status.DELIVERED: gettext_lazy("Delivered"),
    Status.READ: gettext_lazy("Read"),
    Status.FAILED: gettext_lazy("Failed"),
    tallies.CANCELLED: gettext_lazy("Cancelled"),
}


@dataclass(frozen=True)
class BatchProgress:
    """What the part of the page that moves shows. `done` of `whole` are rows while a list is checked, people later."""

    state: str
    word: str
    explanation: str
    done: int
    whole: int
    statuses: list[tuple[str, str, int]]
    cautions: list[Caution]
    expected: Forecast
    poll_seconds: int | None

    @property
    def percent(self) -> float:
        return percent(self.done, self.whole)

    @property
    def tens(self) -> int:
        """What is read aloud while it moves: each number would drown everything else."""
        return int(self.percent // 10) * 10

    @property
    def is_moving(self) -> bool:
        return self.state in {_Stage.JUDGING, _State.RUNNING}

    @property
    def ends_at(self) -> datetime | None:
        return self.expected.ends_at if self.state == _State.RUNNING and self.expected.rest else None

    @property
    def fingerprint(self) -> str:
        """Changes when a reader would see something else; the finish time moves with each second and does not count."""
        seen = [self.state, self.explanation, self.done, self.statuses, [each.message for each in self.cautions]]
        return hashlib.sha256(repr([*seen, self.poll_seconds]).encode()).hexdigest()[:16]


def progress_of(batch: InvitationBatch, reader: Any) -> BatchProgress:
    """Read how far the list has come, for `reader`; counts at most once a second, whoever asks."""
    tally = tallies.tally_of(batch)
    expected = forecast(batch, tally)
    is_judging = batch.state == _Stage.JUDGING
    counts = tallies.statuses_of(batch, tally)
    return BatchProgress(
        state=batch.state,
        word=str(_STATE_WORDS[batch.state]),
        explanation=_explanation(batch, expected),
        done=batch.judged_count if is_judging else batch.people - expected.rest,
        whole=batch.row_count if is_judging else batch.people,
        statuses=[(status, str(word), counts[status]) for status, word in _STATUS_WORDS.items() if status in counts],
        cautions=cautions_about(batch, reader),
        expected=expected,
        poll_seconds=_poll_seconds(batch, expected),
    )


@dataclass(frozen=True)
class BatchLine:
    """A list among others."""

    state: str
    word: str
    told: str


def line_of(batch: InvitationBatch) -> BatchLine:
    """What a list of lists says of this one; costs no count."""
    people = ngettext("%(people)s of one row", "%(people)s of %(rows)s rows", batch.row_count) % {
        "people": f"{batch.people:,}",
        "rows": f"{batch.row_count:,}",
    }
    told = _("Each row is checked.") if batch.state == _Stage.JUDGING else _("People who can be invited: ") + people
    return BatchLine(batch.state, str(_STATE_WORDS[batch.state]), told)


def _explanation(batch: InvitationBatch, expected: Forecast) -> str:
    match batch.state:
        case _Stage.JUDGING:
            return _("Each row is checked. Nothing is sent before you start it.")
        case _Stage.READY:
            return _ready(batch, expected)
        case _State.RUNNING:
            return _running(expected)
        case _State.PAUSED | _State.STOPPED:
            return _("Whoever is left waits until it goes on.")
        case _State.CANCELLED:
            return _("Whoever was not sent anything by then gets nothing.")
    return _("Everybody who could be invited was.")


def _ready(batch: InvitationBatch, expected: Forecast) -> str:
    if not batch.people:
        return _("None of its rows can be invited.")
    people = ngettext("One person can be invited.", "%(count)s people can be invited.", batch.people)
    told = people % {"count": f"{batch.people:,}"}
    return f"{told} {_('It takes')} {in_words(expected.seconds or 0)}."


def _running(expected: Forecast) -> str:
    limit = expected.limit
    if limit and limit.left == 0 and expected.rest:
        return _("Today's limit of people is used up. The rest goes out as soon as Meta allows more.")
    if expected.seconds is None:
        return _("Nothing has left in the last minute.")
    return _("%(pace)s messages a second, %(time)s left.") % {
        "pace": f"{expected.pace:,.1f}".removesuffix(".0"),
        "time": in_words(expected.seconds),
    }


def in_words(seconds: float) -> str:
    """A duration as people say it: "less than a minute", "about 3 hours".

    >>> in_words(7000)
    'about 2 hours'
    """
    if seconds < 60:
        return _("less than a minute")
    minutes, hours, days = round(seconds / 60), round(seconds / 3600), round(seconds / 86400)
    if minutes < 60:
        return ngettext("about %(n)d minute", "about %(n)d minutes", minutes) % {"n": minutes}
    if hours < 36:
        return ngettext("about %(n)d hour", "about %(n)d hours", hours) % {"n": hours}
    return ngettext("about %(n)d day", "about %(n)d days", days) % {"n": days}


def _poll_seconds(batch: InvitationBatch, expected: Forecast) -> int | None:
    """Ask often while things happen, seldom while they arrive, and not at all once nothing more is to come."""
    if batch.state in {_Stage.JUDGING, _State.RUNNING}:
        waits_for_tomorrow = expected.limit is not None and expected.limit.left == 0
        return 30 if waits_for_tomorrow and batch.campaign else 1
    if batch.campaign is None:
        return None
    age = timezone.now() - (batch.finished_at or timezone.now())
    if age > timedelta(hours=24):
        return None
    return 5 if age < timedelta(minutes=10) else 30
