"""What `/metrics` reads of invitations and lists, from the sums that analytics keep and from the lists themselves."""

from collections.abc import Callable, Iterator

from django.db.models import Count, Sum
from prometheus_client import Metric

from communications.gauges import gauge, gauges
from communications.models import Campaign
from invitations.models import InvitationBatch, InvitationTally

STAGES = ("waiting", "failed", "sent", "delivered", "read", "opened", "joined")
# What ended well says nothing to whoever watches.
LISTS = (Campaign.State.RUNNING, Campaign.State.PAUSED, Campaign.State.STOPPED)


def _invitations() -> Iterator[Metric]:
    of_everybody = InvitationTally.objects.filter(told_apart="")
    sums = of_everybody.aggregate(**{name: Sum(name, default=0) for name in (*STAGES, "declined")})
    declined = sums.pop("declined")
    yield gauges("whatsapp_invitations", "Invitations by how far they got, each in one stage.", "stage", sums)
    yield gauge("whatsapp_invitations_declined", "Invitations that were declined, at whatever stage.", declined)


def _batches() -> Iterator[Metric]:
    yield gauges("whatsapp_batches", "Whole lists by state, as long as they want to be watched.", "state", _lists())


def _lists() -> dict[str, int]:
    judging = InvitationBatch.objects.filter(stage=InvitationBatch.Stage.JUDGING).count()
    started = InvitationBatch.objects.filter(campaign__state__in=LISTS).order_by()
    counted = dict(started.values_list("campaign__state").annotate(count=Count("*")))
    return {"judging": judging, **{state.value: counted.get(state.value, 0) for state in LISTS}}


# Each may raise DatabaseError or InterfaceError, and is then left out by itself.
QUESTIONS: dict[str, Callable[[], Iterator[Metric]]] = {"invitations": _invitations, "lists": _batches}
