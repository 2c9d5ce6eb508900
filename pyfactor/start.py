"""What a process says when it starts: `manage.py` runs Django's checks by itself, granian and Celery do not."""

import logging

from django.conf import settings
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.checks import ERROR, CheckMessage, run_checks
from django.core.checks import Warning as CheckWarning
from django.core.exceptions import ImproperlyConfigured

from pyfactor.checks import leads_to_meta

logger = logging.getLogger(__name__)


def require_correct_settings() -> None:
    """Stop the start with each error of the system checks; log their warnings, and what this deployment lacks."""
    for warning in (*_database_in_a_file(), *_limits_not_shared(), *_messages_not_to_meta()):
        _log(warning)
    found = [message for message in run_checks() if not message.is_silenced()]
    for warning in found:
        if not warning.is_serious(ERROR):
            _log(warning)
    errors = [_sentence(message) for message in found if message.is_serious(ERROR)]
    if errors:
        raise ImproperlyConfigured("\n".join(errors))


def warn_of_pages_that_will_fail() -> None:
    """Log what would make the pages of this server fail, though its settings are right."""
    for warning in (*_static_files_not_collected(), *_proxy_unknown(), *_no_hosts()):
        _log(warning)


def _static_files_not_collected() -> list[CheckMessage]:
    if settings.DEBUG or ManifestStaticFilesStorage().read_manifest() is not None:
        return []
    return [
        CheckWarning(
            "The static files were not collected: every page will be an error 500. The API and webhooks work.",
            hint="Run python manage.py collectstatic --noinput, then start again.",
            id="pyfactor.W001",
        )
    ]


def _proxy_unknown() -> list[CheckMessage]:
    if settings.BEHIND_TLS_PROXY or not settings.SECURE_SSL_REDIRECT:
        return []
    return [
        CheckWarning(
            "Plain http is redirected to https, and no proxy is believed that says a request came over https.",
            hint="Behind a proxy that ends TLS set BEHIND_TLS_PROXY=1. Without TLS set SECURE_SSL_REDIRECT=0.",
            id="pyfactor.W002",
        )
    ]


def _no_hosts() -> list[CheckMessage]:
    if settings.DEBUG or settings.ALLOWED_HOSTS:
        return []
    return [
        CheckWarning(
            "ALLOWED_HOSTS is empty: every request will be answered 400.",
            hint="Set it to the names of this server, separated by commas.",
            id="pyfactor.W003",
        )
    ]


def _database_in_a_file() -> list[CheckMessage]:
    if settings.DEBUG or settings.DATABASES["default"]["ENGINE"] != "django.db.backends.sqlite3":
        return []
    return [
        CheckWarning(
            "The database is a SQLite file: one writer at a time, on one machine, and only as durable as its disk.",
            hint="Set DATABASE_URL to a PostgreSQL database.",
            id="pyfactor.W004",
        )
    ]


def _limits_not_shared() -> list[CheckMessage]:
    if settings.DEBUG or settings.REDIS_URL:
        return []
    return [
        CheckWarning(
            "REDIS_URL is not set: each process counts rate limits and failed sign-ins for itself.",
            hint="Set it as soon as there is more than one process.",
            id="pyfactor.W005",
        )
    ]


def _messages_not_to_meta() -> list[CheckMessage]:
    if settings.DEBUG or leads_to_meta():
        return []
    return [
        CheckWarning(
            "WHATSAPP_GRAPH_API_URL does not lead to Meta: nobody's WhatsApp gets what is sent from here.",
            hint="Leave it empty unless the sandbox or a relay is meant.",
            id="pyfactor.W006",
        )
    ]


def _log(message: CheckMessage) -> None:
    logger.log(message.level, _sentence(message))


def _sentence(message: CheckMessage) -> str:
    return " ".join(part for part in (f"{message.id}:", message.msg, message.hint) if part)
