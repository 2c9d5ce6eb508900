"""`/metrics`: the counters of this process, or of all processes that share PROMETHEUS_MULTIPROC_DIR; and what the
database knows, which is the same whichever process answers.
"""

import logging
from collections.abc import Iterator

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Metric, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

import communications.gauges
import invitations.gauges

logger = logging.getLogger(__name__)

# A database that is busy is not kept busier, and a thread of the application does not wait for it.
MOST_MILLISECONDS = 2000


class _DatabaseCollector(Collector):
    def collect(self) -> Iterator[Metric]:
        found: list[Metric] = []
        try:
            with transaction.atomic():
                _give_up_soon()
                found += [*communications.gauges.collect(), *invitations.gauges.collect()]
        except (DatabaseError, InterfaceError) as exc:
            logger.error("The database did not answer for /metrics (%s)", type(exc).__name__)
            if not connection.in_atomic_block:
                connection.close()
        yield communications.gauges.gauge(
            "whatsapp_database_up",
            "1 if the database answered; what is read from it is left out otherwise.",
            bool(found),
        )
        yield from found


def _give_up_soon() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {MOST_MILLISECONDS}")


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Counts and codes only: no number, text or token is in a metric. For whoever has METRICS_TOKEN; where there is
    none, for whoever asks from inside, past the proxy that everybody else comes through.
    """
    if settings.METRICS_TOKEN:
        if not _has_the_token(request):
            return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    elif not settings.DEBUG and "X-Forwarded-For" in request.headers:
        raise Http404
    counters, gauges = REGISTRY, CollectorRegistry()
    if settings.PROMETHEUS_MULTIPROC_DIR:
        counters = CollectorRegistry()
        MultiProcessCollector(counters, path=settings.PROMETHEUS_MULTIPROC_DIR)  # type: ignore[no-untyped-call]
    gauges.register(_DatabaseCollector())
    return HttpResponse(generate_latest(counters) + generate_latest(gauges), content_type=CONTENT_TYPE_LATEST)


def _has_the_token(request: HttpRequest) -> bool:
    return constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}")
