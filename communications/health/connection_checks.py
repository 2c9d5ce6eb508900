"""Do we reach Meta, as whom, and with which version: token, scopes, version, clock."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from communications.checks import HALF_A_YEAR, end_of_version
from communications.conf import setting
from communications.credentials import is_configured
from communications.health import metas_pages
from communications.health.findings import Verdict, broken, good, look
from communications.health.meta import Look
from communications.health.reading import ago, facts, number, text, texts

_WEEK = timedelta(days=7)
_CLOCK_OFF, _CLOCK_WRONG = 30.0, 300.0
_SENDING, _MANAGING = "whatsapp_business_messaging", "whatsapp_business_management"


def configured() -> Verdict:
    if is_configured():
        return good(_("Token and phone number ID are set."))
    return broken(
        _("WHATSAPP_ACCESS_TOKEN or WHATSAPP_PHONE_NUMBER_ID is empty: nothing can be sent."),
        _("Set both in the environment of this server, and restart it."),
        link=metas_pages.SYSTEM_USERS,
    )


def answers(asked: Look) -> Verdict:
    """Whether Meta knows our number and lets us ask about it."""
    told = asked.number
    if not told.problem:
        return good(_("Meta answered %(ago)s.") % {"ago": ago(asked.asked_at)})
    if told.code is None:
        return broken(told.problem, _("Look whether this server may reach graph.facebook.com, then check again."))
    return broken(
        told.problem, _("Compare the token and WHATSAPP_PHONE_NUMBER_ID with the app's API setup at Meta."),
        link=metas_pages.app("whatsapp-business/wa-dev-console"),
    )  # fmt: skip


def token(asked: Look) -> Verdict:
    """Valid, and for good: a system user's token does not expire."""
    data = facts(asked.token).get("data")
    renew = {
        "todo": _("Generate a token for a system user, which does not expire, and set WHATSAPP_ACCESS_TOKEN."),
        "link": metas_pages.SYSTEM_USERS,
    }
    if not isinstance(data, dict) or data.get("is_valid") is not True:
        said = text(data, "error", "message") or _("It has expired or was revoked.")
        return broken(_("The access token is not valid: %(said)s") % {"said": said}, **renew)
    for key, what in (("expires_at", _("The access token")), ("data_access_expires_at", _("Its access to data"))):
        if verdict := _end_of(what, number(data, key), renew):
            return verdict
    app_id = text(data, "app_id")
    if app_id and app_id != setting("WHATSAPP_APP_ID"):
        return look(
            _("The access token belongs to the app %(app)s, and not to WHATSAPP_APP_ID.") % {"app": app_id},
            _("Set WHATSAPP_APP_ID to that app, or generate a token for ours."),
            link=metas_pages.SYSTEM_USERS,
        )
    return good(_("The access token is valid and does not expire."))


def _end_of(what: str, seconds: int, renew: dict[str, str]) -> Verdict | None:
    """Red in its last week; 0 means never."""
    if not seconds:
        return None
    end = datetime.fromtimestamp(seconds, UTC)
    sentence = _("%(what)s ends on %(end)s.") % {"what": what, "end": f"{end:%Y-%m-%d %H:%M} UTC"}
    return broken(sentence, **renew) if end - timezone.now() < _WEEK else look(sentence, **renew)


def scopes(asked: Look) -> Verdict:
    granted = texts(facts(asked.token).get("data"), "scopes")
    missing = [scope for scope in (_SENDING, _MANAGING) if scope not in granted]
    todo = _("Give the system user this permission, and generate the token again.")
    if _SENDING in missing:
        return broken(
            _("The token lacks %(scopes)s: nothing can be sent.") % {"scopes": ", ".join(missing)},
            todo,
            link=metas_pages.SYSTEM_USERS,
        )
    if missing:
        return look(
            _("The token lacks %(scopes)s: templates and this page cannot be kept up to date.")
            % {"scopes": ", ".join(missing)},
            todo,
            link=metas_pages.SYSTEM_USERS,
        )
    return good(_("The token may send, and manage templates."))


def api_version(asked: Look) -> Verdict:
    wanted, served = setting("WHATSAPP_API_VERSION"), _served(asked)
    end = end_of_version(wanted)
    newer = {
        "todo": _("Set WHATSAPP_API_VERSION to a newer version, and restart."),
        "link": metas_pages.VERSIONS,
    }
    if end < timezone.now().date():
        return broken(
            _("Graph API %(version)s ended on %(end)s; Meta silently serves %(served)s in its place.")
            % {"version": wanted, "end": end, "served": served or _("another one")},
            **newer,
        )
    if served and served != wanted:
        return look(
            _("We ask for Graph API %(version)s, and Meta serves %(served)s.") % {"version": wanted, "served": served},
            **newer,
        )
    if end - timezone.now().date() < HALF_A_YEAR:
        return look(_("Graph API %(version)s can be used until %(end)s.") % {"version": wanted, "end": end}, **newer)
    until: Any = _("with no end announced") if end == date.max else _("until %(end)s") % {"end": end}
    return good(_("Graph API %(version)s, %(until)s.") % {"version": wanted, "until": until})


def _served(asked: Look) -> str:
    return next((told.served_version for told in asked.answers if told.served_version), "")


def clock(asked: Look) -> Verdict:
    """The 24-hour window and the ends of tokens are counted by this machine's clock."""
    seen = [told.clock_ahead for told in asked.answers if told.clock_ahead is not None]
    if not seen:
        return look(_("Not known: no answer of Meta's said what time it is."))
    # The quickest answer has the least of the network in it.
    ahead = min(seen, key=abs)
    if abs(ahead) < _CLOCK_OFF:
        return good(_("This machine's clock agrees with Meta's."))
    sentence = _("This machine's clock is %(seconds)d seconds %(way)s Meta's.") % {
        "seconds": abs(ahead),
        "way": _("behind") if ahead > 0 else _("ahead of"),
    }
    todo = _("Let the machine keep its time by NTP.")
    return broken(sentence, todo) if abs(ahead) >= _CLOCK_WRONG else look(sentence, todo)
