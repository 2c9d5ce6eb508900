"""Brings the templates at Meta, their definitions and our rows together: looks first, then submits and edits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.utils import timezone

from communications import template_rows
from communications.conf import setting
from communications.errors import DeliveryUnconfirmed, MetaError, MetaUnreachable, SendFailed
from communications.graph.client import Credentials, GraphClient
from communications.graph.protocol import Answer, read_object
from communications.message_templates import DEFINITIONS, TemplateDefinition
from communications.message_text import readable
from communications.sentences import Sentence
from communications.template_comparison import Move, Plan, TemplateAtMeta, compare, read_template, state_in_words

_FIELDS = "id,name,language,status,category,previous_category,parameter_format,components,rejected_reason,quality_score"
_PAGE, _MOST_PAGES = 250, 50
_WOULD = {Move.CREATE: "It would be submitted.", Move.EDIT: "It would be edited."}
_NO_ADDRESS = (
    "Its button leads to this server, and PUBLIC_BASE_URL is not set: set it to the address where people reach the "
    "server, such as https://app.example.com, and run this again. It was left out."
)


@dataclass(frozen=True)
class Account:
    """Whose templates: the business account, and who asks."""

    client: GraphClient
    credentials: Credentials
    business_account_id: str


@dataclass(frozen=True)
class Outcome:
    """What became of one template, in sentences."""

    name: str
    language: str
    sentences: Sequence[str]
    done: str = field(default="nothing")

    @property
    def is_refused(self) -> bool:
        return self.done == "refused"

    def __str__(self) -> str:
        return f"{self.name} ({self.language}): {' '.join(self.sentences)}"


def sync(account: Account, *, push: bool, dry_run: bool) -> Iterator[Outcome]:
    """Learn what Meta has, then submit what is missing and edit what differs; tell of each template.

    Without `push` nothing changes at Meta, and with `dry_run` nothing changes here either. Raises an error of
    `communications/errors.py` where Meta cannot be asked.
    """
    asked_at = timezone.now()
    listed = {there.key: there for there in fetch(account)}
    if not dry_run:
        template_rows.keep_all(listed.values(), asked_at=asked_at)
    edits = template_rows.edits()
    for definition, language in _wordings():
        there = listed.pop((definition.name, language), None)
        yield _sync_one(account, definition, language, there, edits, push=push and not dry_run)
    for there in listed.values():
        yield Outcome(there.name, there.language, [*state_in_words(there), "It is at Meta only, and was left alone."])


def fetch(account: Account) -> Iterator[TemplateAtMeta]:
    """Read Meta's whole list, page by page. An answer without a list is an error, never an empty account."""
    path, query = f"{quote(account.business_account_id, safe='')}/message_templates", {"fields": _FIELDS}
    for _page in range(_MOST_PAGES):
        page = _read(account.client.get_node, account, path, {**query, "limit": str(_PAGE)})
        if not isinstance(page.get("data"), list):
            raise MetaUnreachable(
                Sentence("Meta's answer holds no list of templates. Nothing was changed; run this again.")
            )
        yield from filter(None, map(read_template, page["data"]))
        after = _next_page(page)
        if not after:
            return
        # Only the cursor: Meta's address of the next page would carry the token.
        query["after"] = after
    raise MetaUnreachable(Sentence("Meta's list of templates does not end. Nothing was changed; run this again."))


def _next_page(page: dict[str, Any]) -> str:
    paging = page.get("paging")
    if not isinstance(paging, dict) or not paging.get("next"):
        return ""
    cursors = paging.get("cursors")
    return str(cursors.get("after") or "") if isinstance(cursors, dict) else ""


def _wordings() -> list[tuple[TemplateDefinition, str]]:
    return [(definition, language) for definition in DEFINITIONS.values() for language in definition.languages]


def _sync_one(
    account: Account,
    definition: TemplateDefinition,
    language: str,
    there: TemplateAtMeta | None,
    edits: dict[tuple[str, str], list[datetime]],
    *,
    push: bool,
) -> Outcome:
    base_url = setting("PUBLIC_BASE_URL")
    if definition.needs_base_url and not base_url:
        return Outcome(definition.name, language, [*(state_in_words(there) if there else []), _NO_ADDRESS])
    key = definition.name, language
    wanted = definition.creation_request(language, base_url=base_url)
    plan = compare(wanted, there, edits=edits.get(key, []), now=timezone.now())
    if plan.move is Move.NOTHING:
        return Outcome(*key, plan.sentences)
    if not push:
        return Outcome(*key, [*plan.sentences, _WOULD[plan.move]])
    return _carry_out(account, plan, key, there)


def _carry_out(account: Account, plan: Plan, key: tuple[str, str], there: TemplateAtMeta | None) -> Outcome:
    try:
        if there is None:
            done, template_id = "submitted", _create(account, plan)
        else:
            done, template_id = "edited", there.id
            _edit(account, plan, there)
    except SendFailed as refusal:
        return Outcome(*key, [*plan.sentences, f"Meta refused it: {_words_of(refusal, account)}"], "refused")
    now = _learn(account, template_id)
    status = now.status.lower().replace("_", " ") if now else "told by webhook"
    return Outcome(*key, [*plan.sentences, f"It was {done}; its state is {status or 'not known'}."], done)


def _create(account: Account, plan: Plan) -> str:
    path = f"{quote(account.business_account_id, safe='')}/message_templates"
    return str(_read(account.client.post_node, account, path, dict(plan.request)).get("id") or "")


def _edit(account: Account, plan: Plan, there: TemplateAtMeta) -> None:
    _read(account.client.post_node, account, quote(there.id, safe=""), dict(plan.request))
    template_rows.note_edit(there.key, at=timezone.now())


def _learn(account: Account, template_id: str) -> TemplateAtMeta | None:
    """Keep what Meta now has, in its own words: whether an edited template may still be sent is Meta's to say."""
    asked_at = timezone.now()
    answer = _read(account.client.get_node, account, quote(template_id, safe=""), {"fields": _FIELDS})
    there = read_template(answer)
    if there is not None:
        template_rows.keep(there, asked_at=asked_at)
    return there


def _read(call: Any, account: Account, path: str, content: dict[str, Any]) -> dict[str, Any]:
    try:
        answer: Answer = call(account.credentials, path, content)
        return read_object(answer)
    except DeliveryUnconfirmed as unknown:
        raise MetaUnreachable(
            "Meta did not answer about its templates. Run this again: it looks first what is there."
        ) from unknown


def _words_of(refusal: MetaError, account: Account) -> str:
    """Meta's own explanation for people, which says more than its code. The token is never repeated."""
    error = refusal.raw.get("error")
    told = [error.get(name) for name in ("error_user_title", "error_user_msg")] if isinstance(error, dict) else []
    words = ": ".join(readable(text) for text in told if isinstance(text, str) and text)
    return (words or refusal.meta_details or refusal.detail).replace(account.credentials.access_token, "…")
