"""`/metrics`: the counters of this process, or of all processes that share PROMETHEUS_MULTIPROC_DIR; and what the
database knows, which is the same whichever process answers.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Metric, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

import communications.gauges
import invitations.gauges
from communications import backlog

logger = logging.getLogger(__name__)

# Prometheus waits ten seconds for the whole answer; what was not asked within so many is left out.
MOST_SECONDS = 5.0

QUESTIONS = communications.gauges.QUESTIONS | invitations.gauges.QUESTIONS


class _DatabaseCollector(Collector):
    """What one question cannot tell in time costs the others nothing."""

    def collect(self) -> Iterator[Metric]:
        until = time.monotonic() + MOST_SECONDS
        is_up = _answer("whether it is there", _is_there) is not None
        told = {name: _answer(name, ask) for name, ask in QUESTIONS.items() if is_up and time.monotonic() < until}
        answers = [answer for answer in told.values() if answer is not None]
        yield communications.gauges.gauge(
            "whatsapp_database_up", "1 if the database answered; what is read from it is left out otherwise.", is_up
        )
        yield communications.gauges.gauge(
            "whatsapp_database_in_time",
            "1 if it answered every question in time; what it took too long over is left out.",
            len(answers) == len(QUESTIONS),
        )
        for answer in answers:
            yield from answer


def _answer(name: str, ask: Callable[[], Iterable[Metric]]) -> list[Metric] | None:
    try:
        with backlog.within_limits():
            return list(ask())
    except (DatabaseError, InterfaceError) as exc:
        logger.error("The database did not tell /metrics of %s (%s)", name, type(exc).__name__)
        if not connection.in_atomic_block:
            connection.close()
        return None


def _is_there() -> Iterable[Metric]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ()


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
