"""Do Meta's webhooks reach us, and are they understood: secrets, subscription, address, age of the last, what waits."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from communications import backlog
from communications.conf import setting
from communications.health import metas_pages
from communications.health.findings import Verdict, broken, good, look
from communications.health.meta import Look
from communications.health.reading import ago, count_in_words, facts, newest, text
from communications.json_shapes import objects_in
from communications.models import Message, earliest_id_at

SUBSCRIBE = "python manage.py subscribe_webhooks"
_WORK = "python manage.py run_due_work --follow"
_PATH = "/api/webhooks/whatsapp"
# What Meta tells of by webhook and nowhere else at once: what each of these says is kept, and obeyed.
_WANTED = (
    "message_template_status_update",
    "message_template_quality_update",
    "template_category_update",
    "account_update",
    "phone_number_quality_update",
    "business_capability_update",
    "user_preferences",
)
# WhatsApp says "sent" within seconds.
_PATIENCE = timedelta(minutes=5)
_LATE, _VERY_LATE = timedelta(minutes=1), timedelta(minutes=10)


def app_secret(asked: Look | None) -> Verdict:
    """Set, and taken by Meta for the secret of our app."""
    page = metas_pages.app("settings/basic")
    if not setting("WHATSAPP_APP_SECRET").strip(", "):
        return broken(
            _("WHATSAPP_APP_SECRET is empty: every webhook is refused."),
            _("Copy it from the app's settings."),
            link=page,
        )
    if asked and asked.secret.code is not None:
        return broken(
            _("Meta does not take our app ID and app secret: %(said)s") % {"said": asked.secret.problem},
            _("Copy WHATSAPP_APP_SECRET again, and compare WHATSAPP_APP_ID."),
            link=page,
        )
    if asked and not asked.secret.problem:
        return good(_("Meta takes the app secret."))
    return good(_("The app secret is set."))


def verify_token() -> Verdict:
    if setting("WHATSAPP_WEBHOOK_VERIFY_TOKEN"):
        return good(_("The verify token is set."))
    return look(
        _("WHATSAPP_WEBHOOK_VERIFY_TOKEN is empty: Meta cannot register the webhook, nor check it again."),
        _("Set it to a long random text, and give the same text to Meta."),
        link=metas_pages.app("whatsapp-business/wa-settings"),
    )


def public_address() -> Verdict:
    url = setting("PUBLIC_BASE_URL")
    todo = _("Set PUBLIC_BASE_URL to the address where people reach this server: https://app.example.com.")
    if url.startswith("https://"):
        return good(_("Links lead to %(url)s.") % {"url": url})
    if not url:
        sentence = _("PUBLIC_BASE_URL is empty: links in messages have no address of their own.")
        return look(sentence, todo) if settings.DEBUG else broken(sentence, todo)
    sentence = _("PUBLIC_BASE_URL is %(url)s, which is not https.") % {"url": url}
    return look(sentence, todo) if settings.DEBUG else broken(sentence, todo)


def subscribed(asked: Look) -> Verdict:
    """Whether the business account sends webhooks to our app at all."""
    named = [text(item, "whatsapp_business_api_data", "id") for item in objects_in(facts(asked.apps), "data")]
    if setting("WHATSAPP_APP_ID") in named:
        return good(_("Our app is subscribed to the business account."))
    return broken(
        _("Our app is not subscribed to the business account: no webhook comes."), _("Subscribe it."), command=SUBSCRIBE
    )


def address(asked: Look) -> Verdict:
    """Where the app lets Meta post, and about what."""
    page = metas_pages.app("whatsapp-business/wa-settings")
    listed = objects_in(facts(asked.subscriptions), "data")
    told = next((each for each in listed if text(each, "object") == "whatsapp_business_account"), None)
    if told is None or told.get("active") is False:
        return broken(
            _("The app has no address for webhooks, or Meta has switched it off."),
            _("Give the app this server's address with %(path)s/ and the verify token.") % {"path": _PATH},
            link=page,
        )
    fields = {text(item, "name") for item in objects_in(told, "fields")}
    if "messages" not in fields:
        return broken(
            _("The app is not subscribed to the field “messages”: no status comes."), _("Tick it."), link=page
        )
    url, base = text(told, "callback_url"), setting("PUBLIC_BASE_URL")
    if urlsplit(url).path.rstrip("/") != _PATH or (base and not url.startswith(base)):
        return look(
            _("Webhooks go to %(url)s.") % {"url": re.sub(r"\?.*", "?…", url)},
            _("If that is not this server, or leads to it by a detour, correct it."),
            link=page,
        )
    if missing := [field for field in _WANTED if field not in fields]:
        return look(
            _("Webhooks come about messages, and not about %(fields)s.") % {"fields": ", ".join(missing)},
            _("Tick them, so that paused templates and restrictions are known at once."),
            link=page,
        )
    return good(_("Webhooks go to %(url)s.") % {"url": url})


def arriving() -> Verdict:
    """Whether they really come: red where WhatsApp took messages and nothing was heard since."""
    last = backlog.webhook_received_at()
    before = earliest_id_at(timezone.now() - _PATIENCE)
    sent = newest(Message.objects.filter(wamid__isnull=False, pk__lt=before).only("created_at"))
    todo = _("Look at the address above, at the app secret, and at the log for “Webhook refused”.")
    if last is None:
        if sent is None:
            return look(_("No webhook has come yet, and nothing was sent yet."), _("Send one message to yourself."))
        return broken(_("Messages were sent, and no webhook ever came."), todo)
    when = ago(last)
    if sent is not None and sent.created_at > last:
        return look(
            _("The last webhook came %(when)s, and none since the message of %(sent)s.")
            % {"when": when, "sent": ago(sent.created_at)},
            todo,
        )
    return good(_("The last webhook came %(when)s.") % {"when": when})


def understood() -> Verdict:
    """Whether what came is processed: the age of the oldest that waits, and of the last that was done."""
    new, done = backlog.webhooks().new, backlog.webhook_processed_at()
    if new.since is None or timezone.now() - new.since < _LATE:
        return good(_("The last one was processed %(when)s.") % {"when": ago(done)} if done else _("None waits."))
    sentence = _("%(count)s webhooks wait, the oldest since %(when)s.") % {
        "count": count_in_words(new.count),
        "when": ago(new.since),
    }
    is_late = timezone.now() - new.since >= _VERY_LATE
    return (broken if is_late else look)(
        sentence, _("Let this run, and start another one if it does."), command=_WORK, link=admin_list("webhookevent")
    )


def failed() -> Verdict:
    how_many = backlog.webhooks().failed
    if not how_many:
        return good(_("No webhook failed in processing."))
    return look(
        _("%(count)s webhooks failed in processing; they are tried again.") % {"count": count_in_words(how_many)},
        _("Read their error in the admin, and have them processed again when it is mended."),
        command="python manage.py run_due_work --failed",
        link=admin_list("webhookevent", "?state=failed"),
    )


def admin_list(model: str, query: str = "") -> str:
    """The admin's list of a model; empty where the project has no admin."""
    try:
        return reverse(f"admin:communications_{model}_changelist") + query
    except NoReverseMatch:
        return ""
