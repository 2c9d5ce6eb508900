"""This server: what waits, what failed, what is kept where."""

import logging
from datetime import timedelta
from secrets import token_hex

from django.conf import settings
from django.core.cache import cache, caches
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from communications import backlog
from communications.health.findings import Verdict, broken, good, look
from communications.health.reading import ago, count, count_in_words
from communications.health.webhook_checks import admin_list
from communications.models import IdentityConflict, Message, Status, earliest_id_at
from communications.readiness import unapplied_migrations

_WORK = "python manage.py run_due_work --follow"
_LATE, _VERY_LATE = timedelta(minutes=5), timedelta(minutes=30)
_MOVES = timedelta(minutes=2)
_DAY = timedelta(hours=24)
_MANY_FAILED = 0.1
_FEW = 20
_NEWEST = 5000


def queue() -> Verdict:
    """Queued messages that are due. Those of a campaign that is paused wait on purpose."""
    due = backlog.queue().due
    if due.since is None:
        return good(_("No message waits."))
    sentence = _("%(count)s messages wait to be sent, the oldest since %(when)s.") % {
        "count": count_in_words(due.count), "when": ago(due.since),
    }  # fmt: skip
    waited = timezone.now() - due.since
    if waited < _LATE:
        return good(sentence)
    todo = _("Let this run; see also whether the number is paused or the daily limit is reached.")
    is_stuck = waited >= _VERY_LATE and not _moves()
    return (broken if is_stuck else look)(
        sentence, todo, command=_WORK, link=admin_list("message", "?status__exact=queued")
    )


def _moves() -> bool:
    """Whether WhatsApp took or refused a message a moment ago."""
    last = backlog.moved_at()
    return last is not None and timezone.now() - last < _MOVES


def unconfirmed() -> Verdict:
    how_many = backlog.on_their_way()[Status.UNCONFIRMED]
    if not how_many:
        return good(_("Of every message it is known whether it left."))
    return look(
        _("Of %(count)s messages nobody knows whether they left.") % {"count": count_in_words(how_many)},
        _("A status settles each. Where none comes, ask the recipient before sending again."),
        link=admin_list("message", "?status__exact=unconfirmed"),
    )


def failures() -> Verdict:
    """How many of the newest messages of these 24 hours failed."""
    today = Message.objects.filter(pk__gte=earliest_id_at(timezone.now() - _DAY)).exclude(status=Status.QUEUED)
    statuses = list(today.order_by("-pk").values_list("status", flat=True)[:_NEWEST])
    wrong = statuses.count(Status.FAILED)
    sentence = _("%(failed)d of the last %(all)d messages in 24 hours failed.") % {
        "failed": wrong,
        "all": len(statuses),
    }
    if not statuses:
        return good(_("No message was sent in 24 hours."))
    if len(statuses) >= _FEW and wrong > _MANY_FAILED * len(statuses):
        return look(
            sentence,
            _("See in the admin which code they have in common."),
            link=admin_list("message", "?status__exact=failed"),
        )
    return good(sentence)


def error_logging() -> Verdict:
    """Whether an error that is logged reaches anybody."""
    if getattr(settings, "SENTRY_DSN", ""):
        return good(_("Errors go to Sentry, and to the log."))
    if handlers := _handlers_of_errors():
        return good(_("Errors go to the log (%(handlers)s).") % {"handlers": ", ".join(handlers)})
    return broken(_("Errors are logged nowhere."), _("Give LOGGING a handler for the level ERROR, or set SENTRY_DSN."))


def _handlers_of_errors() -> list[str]:
    logger: logging.Logger | None = logging.getLogger("communications")
    if logger is None or not logger.isEnabledFor(logging.ERROR):
        return []
    found: list[logging.Handler] = []
    while logger is not None:
        found += [each for each in logger.handlers if each.level <= logging.ERROR]
        logger = logger.parent if logger.propagate else None
    return sorted({type(each).__name__ for each in found if not isinstance(each, logging.NullHandler)})


def database() -> Verdict:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            version = cursor.fetchone()[0]
        return good(_("PostgreSQL %(version)s answers.") % {"version": version.split()[0]})
    sentence = _("The database is %(vendor)s, which is for development.") % {"vendor": connection.display_name}
    return (look if settings.DEBUG else broken)(sentence, _("Set DATABASE_URL to a PostgreSQL database."))


def migrations() -> Verdict:
    missing = unapplied_migrations()
    if not missing:
        return good(_("Every migration is applied."))
    named = ", ".join(missing[:3])
    return broken(
        _("%(count)d migrations are not applied: %(named)s.") % {"count": len(missing), "named": named},
        _("Run this with each deployment."),
        command="python manage.py migrate",
    )


def redis() -> Verdict:
    """The cache that processes share; without it, each of them limits by itself."""
    if "redis" not in type(caches["default"]).__name__.lower():
        sentence = _("There is no Redis: each process counts for itself.")
        todo = _("Set REDIS_URL, so that limits hold over all processes together.")
        return good(sentence) if settings.DEBUG else look(sentence, todo)
    word = token_hex(8)
    try:
        cache.set("whatsapp-health-ping", word, 10)
        is_back = cache.get("whatsapp-health-ping") == word
    except Exception as exc:  # noqa: BLE001  (each client of Redis has errors of its own)
        return broken(
            _("Redis does not answer (%(error)s): limits give way.") % {"error": type(exc).__name__},
            _("Look whether Redis runs, and whether REDIS_URL is right."),
        )
    return (
        good(_("Redis answers."))
        if is_back
        else broken(_("Redis forgets what it was just given."), _("Look at its memory."))
    )


def conflicts() -> Verdict:
    """People of ours that Meta names alike: an opt-out of one holds for both until somebody decides."""
    how_many = count(IdentityConflict.objects.all())
    if not how_many:
        return good(_("No two people share a number or user ID."))
    return look(
        _("%(count)s times two people share a number or user ID; an opt-out of one holds for both.")
        % {"count": count_in_words(how_many)},
        _("Look at them in the admin: often one person changed the number."),
        link=admin_list("identityconflict"),
    )
