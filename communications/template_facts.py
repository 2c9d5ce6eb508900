"""What Meta has of our templates, read again when a webhook says that one changed: it does not say the new words."""

import logging

from django.db.models import F, Q

from communications.errors import WhatsAppError
from communications.models import MessageTemplate
from communications.template_rows import DELETED
from communications.whatsapp_service import whatsapp_service

logger = logging.getLogger(__name__)


def refresh() -> int:
    """Read Meta's list once more where a template changed since it was read last; return how many had changed.

    Before the first list, which `manage.py sync_message_templates` reads, nothing is asked. Costs one management call
    for 250 templates, of which Meta counts 200 an hour.
    """
    changed = _changed_since_listed()
    if not changed:
        return 0
    try:
        whatsapp_service.require_ready()
        for _outcome in whatsapp_service.sync_message_templates(push=False):
            pass
    except WhatsAppError as failure:
        logger.warning("Meta did not say what it has of our templates: %s, code %s", failure.code, failure.meta_code)
        return 0
    return changed


def _changed_since_listed() -> int:
    if not MessageTemplate.objects.filter(synced_at__isnull=False).exists():
        return 0
    is_news = Q(synced_at=None, status_at__isnull=False) | Q(status_at__gt=F("synced_at"))
    # What is gone is on no list.
    return MessageTemplate.objects.filter(is_news).exclude(status=DELETED).count()
