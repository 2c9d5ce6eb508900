"""From sent to joined: what the tallies say of messages and of the invitations that they carried, in one report."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.auth import get_user_model

from communications import analytics, rates
from communications.analytics import Counts, MessageCounts, Messages, Question, Summable
from communications.message_facts import MESSAGES
from communications.models import Campaign
from communications.rates import Cost
from invitations.country_names import country_names
from invitations.invitation_facts import INVITATIONS, STAGES
from invitations.models import InvitationTally

# Rows of a table; whoever wants to see another one filters by it.
LONGEST_TABLE = 50


@dataclass(frozen=True)
class InvitationCounts(Summable):
    """Each stage holds those who came further; `failed` and `waiting` came to none."""

    total: int = 0
    sent: int = 0
    delivered: int = 0
    read: int = 0
    opened: int = 0
    joined: int = 0
    failed: int = 0
    declined: int = 0

    @property
    def waiting(self) -> int:
        return self.total - self.sent - self.failed

    @classmethod
    def of(cls, counts: Mapping[str, int]) -> "InvitationCounts":
        further = 0
        reached = {}
        for stage in reversed(STAGES):
            further += counts.get(stage, 0)
            reached[stage] = further
        return cls(
            total=counts.get("total", 0),
            failed=counts.get("failed", 0),
            declined=counts.get("declined", 0),
            **reached,
        )


@dataclass(frozen=True)
class Day:
    day: date
    messages: MessageCounts
    invitations: InvitationCounts


@dataclass(frozen=True)
class Line:
    """One value of a dimension: `key` filters by it, `name` is for people; both empty where there is none."""

    key: str
    name: str
    messages: MessageCounts
    invitations: InvitationCounts


@dataclass(frozen=True)
class Report:
    """Everything that the page, the JSON and the CSV tell; `waiting_since`: changes that are not counted yet."""

    question: Question
    messages: Messages
    invitations: Mapping[date, Counts]
    tables: Mapping[str, list[Line]]
    cost: Cost | None
    waiting_since: datetime | None

    @property
    def total(self) -> InvitationCounts:
        return InvitationCounts.of(sum(self.invitations.values(), Counts()))

    @property
    def days(self) -> list[Day]:
        return [
            Day(day, counted, InvitationCounts.of(self.invitations.get(day, {}))) for day, counted in self.messages.days
        ]

    @property
    def is_empty(self) -> bool:
        return not self.messages.total.total and not self.total.total


def report(question: Question) -> Report:
    """Answer with a fixed number of queries; inviters are told apart where none is asked for."""
    waiting_since = analytics.bring_up_to_date(MESSAGES, INVITATIONS)
    dimensions = ["template", "country", "campaign", *(["sender"] if question.sender is None else [])]
    messages = analytics.messages(question)
    return Report(
        question=question,
        messages=messages,
        invitations=analytics.per_day(InvitationTally, question),
        tables={dimension: _lines(dimension, question) for dimension in dimensions},
        cost=_cost(messages),
        waiting_since=waiting_since,
    )


def _lines(dimension: str, question: Question) -> list[Line]:
    messages = analytics.messages_by(dimension, question, LONGEST_TABLE)
    counted = analytics.by(InvitationTally, question, dimension, LONGEST_TABLE)
    invitations = {key: InvitationCounts.of(counts) for key, counts in counted.items()}
    keys = [*messages, *(key for key in invitations if key not in messages)][:LONGEST_TABLE]
    names = names_of(dimension, keys)
    return [
        Line(key, names.get(key, key), messages.get(key, MessageCounts()), invitations.get(key, InvitationCounts()))
        for key in keys
    ]


def names_of(dimension: str, keys: Iterable[str]) -> Mapping[str, str]:
    """What people call these values of a dimension, as far as they have a name."""
    names: Mapping[str, str] = _NAMES_OF[dimension](keys)
    return names


def _names_of_campaigns(keys: Iterable[str]) -> dict[str, str]:
    return {
        str(campaign.pk): str(campaign) for campaign in Campaign.objects.filter(pk__in=[key for key in keys if key])
    }


def _names_of_users(keys: Iterable[str]) -> dict[str, str]:
    users = get_user_model()._default_manager.filter(pk__in=[key for key in keys if key])
    return {str(user.pk): user.get_username() for user in users}


_NAMES_OF: dict[str, Any] = {
    "template": lambda keys: {},
    "country": lambda keys: country_names(),
    "campaign": _names_of_campaigns,
    "sender": _names_of_users,
}


def _cost(messages: Messages) -> Cost | None:
    prices = rates.known_rates()
    if prices is None:
        return None
    return rates.cost_of(((charge.category, charge.country, charge.billable) for charge in messages.charges), prices)
