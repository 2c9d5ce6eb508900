"""What Meta says of our number when it is asked: its quality, its limits, how it is written.

Asked once an hour, so that the ceilings of sending are known without a webhook that may never have come. Events that
are older than the answer say nothing new.
"""

import logging
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from django.db.models import Q
from django.utils import timezone

from communications.errors import WhatsAppError
from communications.graph.client import GraphClient
from communications.graph.protocol import read_object
from communications.json_shapes import word_of
from communications.models import Channel
from communications.whatsapp_service import whatsapp_service

logger = logging.getLogger(__name__)

EVERY = timedelta(hours=1)
FIELDS = "display_phone_number,quality_rating,throughput,whatsapp_business_manager_messaging_limit"

_client = GraphClient()


def refresh() -> int:
    """Ask Meta about our number unless somebody did in the last hour; return how many answers were kept.

    Costs one management call, of which Meta counts 200 an hour.
    """
    try:
        credentials = whatsapp_service.require_ready()
    except WhatsAppError:
        return 0
    if not _claim(credentials.phone_number_id):
        return 0
    asked_at = timezone.now()
    try:
        answer = _client.get_node(credentials, quote(credentials.phone_number_id, safe=""), {"fields": FIELDS})
        facts = read_object(answer)
    except WhatsAppError as failure:
        logger.warning("Meta did not say how our number does: %s, Meta's code %s", failure.code, failure.meta_code)
        return 0
    return Channel.objects.filter(pk=credentials.phone_number_id).update(
        facts_at=asked_at, updated_at=asked_at, **_columns(facts)
    )


def _claim(phone_number_id: str) -> bool:
    """Take this hour's question, so that several workers ask once."""
    now = timezone.now()
    Channel.objects.get_or_create(pk=phone_number_id)
    due = Channel.objects.filter(Q(asked_at=None) | Q(asked_at__lte=now - EVERY), pk=phone_number_id)
    return bool(due.update(asked_at=now))


def _columns(facts: dict[str, Any]) -> dict[str, str]:
    """What Meta said, column by column; what it did not say stays as it is."""
    throughput = facts.get("throughput")
    told = {
        "display_number": "".join(filter(str.isdigit, str(facts.get("display_phone_number") or "")))[:20],
        "quality_rating": word_of(facts.get("quality_rating"), 20),
        "messaging_limit": word_of(facts.get("whatsapp_business_manager_messaging_limit"), 30),
        "throughput": word_of(throughput.get("level") if isinstance(throughput, dict) else None, 30),
    }
    return {column: value for column, value in told.items() if value}
