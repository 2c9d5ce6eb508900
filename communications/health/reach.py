"""How many people may still be written to today."""

from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from communications.models import Message, Status, earliest_id_at

# People a day, outside the 24-hour window, for all numbers of the business portfolio together; None: no limit.
TIERS = {
    "TIER_50": 50,
    "TIER_250": 250,
    "TIER_1K": 1_000,
    "TIER_2K": 2_000,
    "TIER_10K": 10_000,
    "TIER_100K": 100_000,
    "TIER_UNLIMITED": None,
}
_DAY = timedelta(hours=24)
_NOT_OUT = (Status.QUEUED, Status.FAILED)


def people_reached(phone_number_id: str) -> int:
    """People whom this number wrote to outside their window in the last 24 hours, which is what Meta counts.

    Messages are found by their key, which tells their time. Somebody who answered since counts: whether their window
    was open before is not kept.
    """
    now = timezone.now()
    sent = Message.objects.filter(pk__gte=earliest_id_at(now - _DAY), phone_number_id=phone_number_id)
    out = sent.exclude(status__in=_NOT_OUT)
    answers = out.filter(contact__last_wrote_at__range=(F("created_at") - _DAY, F("created_at")))
    return out.exclude(pk__in=answers.values("pk")).values("contact").distinct().count()
