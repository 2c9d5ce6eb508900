"""What Meta says of our account now: every question at once, each with its own answer or its own reason for none.

Meta counts management calls (200 an hour on a small account), so a look is kept for some minutes. Nothing here writes.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

from django.core.cache import cache
from django.utils import timezone
from django.utils.crypto import salted_hmac

from communications import template_sync
from communications.conf import setting
from communications.credentials import our_credentials, without_secrets
from communications.errors import MetaError, MetaUnreachable, NotConfigured, WhatsAppError
from communications.graph.client import Credentials, GraphClient
from communications.graph.protocol import Answer, read_object

logger = logging.getLogger(__name__)

KEPT_SECONDS = 300
# However often somebody asks again, Meta is not asked more often than this.
AT_LEAST_SECONDS = 20
_TIMEOUTS = (2.0, 5.0)
_ALTOGETHER_SECONDS = 8.0

_NUMBER_FIELDS = (
    "verified_name,display_phone_number,quality_rating,code_verification_status,name_status,throughput,platform_type,"
    "whatsapp_business_manager_messaging_limit,health_status"
)
_ACCOUNT_FIELDS = "name,account_review_status,business_verification_status"

_client = GraphClient()


@dataclass(frozen=True)
class Told:
    """Meta's answer to one question: its `facts`, or the `problem` for which there are none, with Meta's code.

    `served_version` and `clock_ahead` (seconds that Meta's clock is before ours) come with every answer.
    """

    facts: dict[str, Any] = field(default_factory=dict)
    problem: str = ""
    code: int | None = None
    served_version: str = ""
    clock_ahead: float | None = None


_IN_TIME = Told(problem="Meta did not answer in time.")


@dataclass(frozen=True)
class Look:
    """Everything that was asked at one moment. `secret` is what Meta says to our app ID and secret."""

    asked_at: datetime
    number: Told
    account: Told
    token: Told
    apps: Told
    subscriptions: Told
    templates: Told
    secret: Told

    @property
    def answers(self) -> list[Told]:
        return [self.number, self.account, self.token, self.apps, self.subscriptions, self.templates, self.secret]


def look(*, fresh: bool = False) -> Look:
    """Ask Meta about everything, or give what it said in the last minutes. Never raises; takes 8 seconds at most."""
    key = _cache_key()
    kept = _kept(key)
    if kept and (not fresh or (timezone.now() - kept.asked_at).total_seconds() < AT_LEAST_SECONDS):
        return kept
    asked = _ask_everything()
    _keep(key, asked)
    return asked


def forget() -> None:
    """Ask anew the next time, because something was just changed at Meta."""
    try:
        cache.delete(_cache_key())
    except Exception as exc:  # noqa: BLE001
        logger.warning("What Meta said could not be forgotten: %s", type(exc).__name__)


def _ask_everything() -> Look:
    credentials, account_id = our_credentials(), quote(setting("WHATSAPP_BUSINESS_ACCOUNT_ID"), safe="")
    number_id, app_id = quote(credentials.phone_number_id, safe=""), quote(setting("WHATSAPP_APP_ID"), safe="")
    asked_at = timezone.now()
    told = _at_once(
        {
            "number": lambda: _ask(credentials, number_id, {"fields": _NUMBER_FIELDS}),
            "account": lambda: _ask(credentials, account_id, {"fields": _ACCOUNT_FIELDS}),
            "apps": lambda: _ask(credentials, f"{account_id}/subscribed_apps", {}),
            "templates": lambda: _ask_templates(credentials),
            "as_app": lambda: _ask_as_app(credentials, f"{app_id}/subscriptions", {}),
            "token": lambda: _ask_about_token(credentials),
        }
    )
    as_app = told.pop("as_app")
    return Look(asked_at=asked_at, **told, subscriptions=as_app, secret=replace(as_app, facts={}))


def _at_once(questions: Mapping[str, Callable[[], Told]]) -> dict[str, Told]:
    told: dict[str, Told] = {}

    def put(name: str, ask: Callable[[], Told]) -> None:
        told[name] = ask()

    # Daemons: an answer that drips must hold up neither the page nor the end of the process.
    threads = [threading.Thread(target=put, args=question, daemon=True) for question in questions.items()]
    until = time.monotonic() + _ALTOGETHER_SECONDS
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    return {name: told.get(name, _IN_TIME) for name in questions}


def _ask(credentials: Credentials, path: str, query: dict[str, str]) -> Told:
    if not credentials.access_token:
        return Told(problem="No access token is set.")
    answer, began = None, time.time()
    try:
        answer = _client.get_node(credentials, path, query, timeout=_TIMEOUTS)
        facts = read_object(answer)
    except WhatsAppError as failure:
        return Told(problem=_sentence(failure), code=failure.meta_code, **_of_every_answer(answer, began))
    except Exception as exc:  # noqa: BLE001  (one question that cannot be asked leaves the others standing)
        logger.warning("Meta's answer about %s could not be read: %s", path.split("/")[-1], type(exc).__name__)
        return Told(problem="Meta's answer could not be read.")
    return Told(facts=facts, **_of_every_answer(answer, began))


def _ask_about_token(credentials: Credentials) -> Told:
    """Ask as the app where its secret is known: Meta then tells about a token that has expired, too."""
    about = {"input_token": credentials.access_token}
    if not credentials.access_token:
        return Told(problem="No access token is set.")
    told = _ask_as_app(credentials, "debug_token", about)
    return _ask(credentials, "debug_token", about) if told.problem else told


def _ask_as_app(credentials: Credentials, path: str, query: dict[str, str]) -> Told:
    """Ask with the app's own token, with each secret there is during a rotation."""
    told = Told(problem="No app secret is set.")
    for secret in filter(None, map(str.strip, setting("WHATSAPP_APP_SECRET").split(","))):
        told = _ask(replace(credentials, access_token=f"{setting('WHATSAPP_APP_ID')}|{secret}"), path, query)
        if not told.problem:
            break
    return told


def _ask_templates(credentials: Credentials) -> Told:
    if not credentials.access_token:
        return Told(problem="No access token is set.")
    account = template_sync.Account(_client, credentials, setting("WHATSAPP_BUSINESS_ACCOUNT_ID"))
    try:
        listed = [{**asdict(there), "components": []} for there in template_sync.fetch(account)]
    except WhatsAppError as failure:
        return Told(problem=_sentence(failure), code=failure.meta_code)
    except Exception as exc:  # noqa: BLE001
        logger.warning("Meta's list of templates could not be read: %s", type(exc).__name__)
        return Told(problem="Meta's list of templates could not be read.")
    return Told(facts={"data": listed})


def _sentence(failure: WhatsAppError) -> str:
    """Why Meta did not say. Our secrets, which Meta might repeat, are never shown."""
    if isinstance(failure, MetaError):
        said = failure.meta_details or failure.detail
        sentence = f"Meta refused with code {failure.meta_code}: {said}"
    elif isinstance(failure, NotConfigured):
        sentence = failure.detail
    elif isinstance(failure, MetaUnreachable):
        sentence = "Meta could not be reached."
    else:
        sentence = "Meta did not answer as it should."
    return without_secrets(sentence)


def _of_every_answer(answer: Answer | None, began: float) -> dict[str, Any]:
    if answer is None:
        return {}
    return {
        "served_version": answer.headers.get("facebook-api-version", ""),
        "clock_ahead": _clock_ahead(answer.headers.get("Date", ""), began),
    }


def _clock_ahead(date: str, began: float) -> float | None:
    """Meta's clock less ours, at the middle of the call; it counts whole seconds, so on average half of one is lost."""
    try:
        there = parsedate_to_datetime(date)
    except ValueError:
        return None
    there = there if there.tzinfo else there.replace(tzinfo=UTC)
    return there.timestamp() + 0.5 - (began + time.time()) / 2


def _cache_key() -> str:
    """Of another token or number, other things are true."""
    names = ("ACCESS_TOKEN", "PHONE_NUMBER_ID", "BUSINESS_ACCOUNT_ID", "APP_ID", "APP_SECRET", "API_VERSION")
    settings = "\n".join(setting(f"WHATSAPP_{name}") for name in (*names, "GRAPH_API_URL"))
    return f"whatsapp-health-{salted_hmac(__name__, settings, algorithm='sha256').hexdigest()}"


def _kept(key: str) -> Look | None:
    try:
        kept = cache.get(key)
        asked_at = datetime.fromisoformat(kept["asked_at"])
        told = {name: Told(**said) for name, said in kept["told"].items()}
        return Look(asked_at=asked_at, **told)
    except Exception:  # noqa: BLE001  (nothing kept, kept by an older version, or no cache: Meta is asked)
        return None


def _keep(key: str, asked: Look) -> None:
    told = asdict(asked)
    asked_at = told.pop("asked_at")
    try:
        cache.set(key, {"asked_at": asked_at.isoformat(), "told": told}, KEPT_SECONDS)
    except Exception as exc:  # noqa: BLE001
        logger.warning("What Meta said could not be kept: %s", type(exc).__name__)
