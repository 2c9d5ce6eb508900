"""What speaks against starting a list, and what its inviter should know about it; in sentences."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from babel import Locale
from django.utils.translation import get_language

from communications.errors import WhatsAppError
from communications.meta_codes import explain
from communications.models import Campaign
from communications.sentences import Sentence, joined
from communications.whatsapp_service import whatsapp_service
from invitations import carriers
from invitations.batches.control import require_startable
from invitations.batches.forecasts import forecast
from invitations.batches.languages import Language, languages_of
from invitations.batches.tallies import NOTHING_SENT
from invitations.failures import advice_for
from invitations.models import BatchRow, InvitationBatch

_STATES = Campaign.State


@dataclass(frozen=True)
class Caution:
    """A stable word and a sentence. `is_blocking`: the list cannot be started, or nothing of it leaves."""

    code: str
    message: str
    is_blocking: bool = False


def cautions_about(batch: InvitationBatch, reader: Any) -> list[Caution]:
    """What `reader` has to know about this list now, the worst first."""
    found = [Caution("encoding", warning) for warning in batch.warnings]
    if batch.state == InvitationBatch.Stage.READY:
        found += [*_against_starting(batch, reader), *_before_starting(batch)]
    elif batch.state == _STATES.RUNNING:
        found += _against_going_on(batch, reader)
    elif batch.state == _STATES.STOPPED:
        found += _why_stopped(batch)
    return sorted(found, key=lambda caution: not caution.is_blocking)


def _against_starting(batch: InvitationBatch, reader: Any) -> Iterator[Caution]:
    try:
        require_startable(batch)
    except WhatsAppError as refusal:
        yield Caution(refusal.code, advice_for(reader, refusal), is_blocking=True)


def _before_starting(batch: InvitationBatch) -> Iterator[Caution]:
    for language in languages_of(batch):
        if language.refusal:
            yield _held(language)
    yield from _about_numbers(batch)
    if batch.people and not carriers.has_template():
        yield Caution(
            "no_template",
            "No invitation template is set. WhatsApp takes a text only from people who wrote to Dott in the last 24 "
            "hours, and will most likely refuse the rest.",
        )
    if batch.people and not batch.has_consent:
        yield Caution(
            "no_consent_statement",
            "Nobody has stated that they agreed to be contacted. Meta wants their consent before the first message.",
        )
    expected = forecast(batch, NOTHING_SENT)
    limit = expected.limit
    if limit and expected.is_bound_by_the_day:
        yield Caution(
            "daily_limit",
            f"Meta lets this number write to {limit.a_day:,} new people in 24 hours, and {limit.left:,} are left. "
            "The rest waits, and goes on by itself.",
        )


def _about_numbers(batch: InvitationBatch) -> Iterator[Caution]:
    if not batch.country:
        wrong = batch.rows.filter(verdict=BatchRow.Verdict.INVALID_NUMBER)
        without_code = wrong.filter(reason__startswith="Start with +").count()
        if without_code:
            yield Caution(
                "no_country_code",
                f"{_rows(without_code)} a number without a country code. If they are all of one country, send the list "
                "again and say which.",
            )
    americans = batch.countries.get("US", 0)
    if americans and carriers.has_template():
        yield Caution(
            "marketing_to_united_states",
            f"{_people(americans)} a number of the United States, where WhatsApp delivers no marketing templates, and "
            "it counts an invitation as one.",
        )


def _against_going_on(batch: InvitationBatch, reader: Any) -> Iterator[Caution]:
    try:
        whatsapp_service.require_ready()
    except WhatsAppError as refusal:
        advice = advice_for(reader, refusal)
        yield Caution(
            refusal.code, f"Nothing leaves at the moment. {advice} It then goes on by itself.", is_blocking=True
        )
    for language in languages_of(batch):
        if language.refusal:
            yield _held(language)


def _held(language: Language) -> Caution:
    name = Locale.parse(language.code).get_language_name((get_language() or "en").replace("-", "_"))
    return Caution(
        "template_unavailable",
        f"{_people_written_to(language.people)} in {name}. {language.refusal} They wait until it can be sent.",
    )


def _why_stopped(batch: InvitationBatch) -> Iterator[Caution]:
    meaning = explain(batch.started_campaign.stopped_by_code)
    yield Caution(
        "stopped", joined(Sentence("WhatsApp stopped this list."), meaning.meaning, meaning.advice), is_blocking=True
    )


def _people(count: int) -> str:
    return Sentence("One person has") if count == 1 else Sentence("%(count)s people have", count=f"{count:,}")


def _people_written_to(count: int) -> str:
    if count == 1:
        return Sentence("One person is written to")
    return Sentence("%(count)s people are written to", count=f"{count:,}")


def _rows(count: int) -> str:
    return Sentence("One row has") if count == 1 else Sentence("%(count)s rows have", count=f"{count:,}")
