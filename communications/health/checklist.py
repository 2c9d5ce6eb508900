"""All checks, in groups. Each stands alone: one that fails is a line of its own, never the end of the others."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from communications import backlog
from communications.health import connection_checks as connection
from communications.health import meta
from communications.health import number_checks as number
from communications.health import server_checks as server
from communications.health import template_checks as templates
from communications.health import webhook_checks as webhooks
from communications.health.findings import Finding, Light, NotKnown, Verdict, look, not_known, worst
from communications.message_templates import DEFINITIONS

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Check:
    """`run` looks at our own rows and settings; `run_with_meta`, where Meta was asked, at its answers, too."""

    name: str
    title: Any
    run: Callable[[], Verdict] | None = None
    run_with_meta: Callable[[meta.Look], Verdict] | None = None


@dataclass(frozen=True)
class Group:
    name: str
    title: Any
    checks: list[Check]


GROUPS = (
    Group(
        "connection",
        _("Connection to Meta"),
        [
            Check("configured", _("Settings"), connection.configured),
            Check("answers", _("Meta answers"), run_with_meta=connection.answers),
            Check("token", _("Access token"), run_with_meta=connection.token),
            Check("scopes", _("Permissions of the token"), run_with_meta=connection.scopes),
            Check("api_version", _("Version of the Graph API"), run_with_meta=connection.api_version),
            Check("clock", _("Clock"), run_with_meta=connection.clock),
        ],
    ),
    Group(
        "number",
        _("Number and account"),
        [
            Check("channel", _("Sending"), number.channel),
            Check("payment", _("Payment method"), run_with_meta=number.payment),
            Check("sending", _("Meta lets us send"), run_with_meta=number.sending),
            Check("number", _("Verified number"), run_with_meta=number.verified_number),
            Check("display_name", _("Display name"), run_with_meta=number.display_name),
            Check("business", _("Verified business"), run_with_meta=number.business),
            Check("quality", _("Quality"), run_with_meta=number.quality),
            Check("daily_limit", _("People a day"), run_with_meta=number.daily_limit),
            Check("throughput", _("Messages a second"), run_with_meta=number.throughput),
        ],
    ),
    Group(
        "templates",
        _("Message templates"),
        [
            Check(f"template_{name}", name, run_with_meta=partial(templates.template, definition))
            for name, definition in DEFINITIONS.items()
        ],
    ),
    Group(
        "webhooks",
        _("Webhooks"),
        [
            Check("app_secret", _("App secret"), partial(webhooks.app_secret, None), webhooks.app_secret),
            Check("verify_token", _("Verify token"), webhooks.verify_token),
            Check("public_address", _("Public address"), webhooks.public_address),
            Check("subscribed", _("Subscription"), run_with_meta=webhooks.subscribed),
            Check("webhook_address", _("Address and fields"), run_with_meta=webhooks.address),
            Check("arriving", _("Webhooks arrive"), webhooks.arriving),
            Check("understood", _("Webhooks are processed"), webhooks.understood),
            Check("failed_webhooks", _("Failed webhooks"), webhooks.failed),
        ],
    ),
    Group(
        "server",
        _("This server"),
        [
            Check("queue", _("Queue"), server.queue),
            Check("unconfirmed", _("Unconfirmed messages"), server.unconfirmed),
            Check("failures", _("Failed messages"), server.failures),
            Check("conflicts", _("People named alike"), server.conflicts),
            Check("error_logging", _("Error logging"), server.error_logging),
            Check("database", _("Database"), server.database),
            Check("migrations", _("Migrations"), server.migrations),
            Check("redis", _("Redis"), server.redis),
        ],
    ),
)


def add(group: str, check: Check) -> None:
    """Let another app's check stand in one of the groups; called once, when the app is ready."""
    next(each for each in GROUPS if each.name == group).checks.append(check)


@dataclass(frozen=True)
class Section:
    """What a group's checks found."""

    name: str
    title: str
    findings: Sequence[Finding]

    @property
    def light(self) -> Light:
        return worst(self.findings)


@dataclass(frozen=True)
class Report:
    """Everything that was found. `asked_at` is when Meta was asked; None where it was not."""

    asked_at: datetime | None
    sections: Sequence[Section]
    templates: Sequence[templates.TemplateLine]
    checked_at: datetime = field(default_factory=timezone.now)

    @property
    def findings(self) -> list[Finding]:
        return [finding for section in self.sections for finding in section.findings]

    @property
    def light(self) -> Light:
        return worst(self.findings)

    @property
    def troubles(self) -> list[Finding]:
        """What is not green, the worst first."""
        return sorted(
            (each for each in self.findings if each.light is not Light.GREEN), key=lambda each: -each.light.rank
        )

    def count(self, light: Light) -> int:
        return sum(finding.light is light for finding in self.findings)


def run(*, fresh: bool = False, offline: bool = False) -> Report:
    """Run every check; with `fresh` Meta is asked anew, with `offline` not at all. Never raises."""
    asked = None if offline else meta.look(fresh=fresh)
    sections = [Section(group.name, str(group.title), list(_findings(group.checks, asked))) for group in GROUPS]
    return Report(
        asked.asked_at if asked else None, [section for section in sections if section.findings], _template_lines(asked)
    )


def _findings(checks: Sequence[Check], asked: meta.Look | None) -> Iterator[Finding]:
    for check in checks:
        if asked is not None and check.run_with_meta is not None:
            yield Finding(check.name, str(check.title), _verdict(partial(check.run_with_meta, asked)))
        elif check.run is not None:
            yield Finding(check.name, str(check.title), _verdict(check.run))


def _verdict(run_check: Callable[[], Verdict]) -> Verdict:
    try:
        with backlog.within_limits():
            return run_check()
    except NotKnown as reason:
        return not_known(str(reason))
    except Exception as exc:
        logger.exception("A check of the checklist broke")
        sentence = translate("This could not be checked (%(error)s).") % {"error": type(exc).__name__}
        return look(sentence, translate("The log says why."))


def _template_lines(asked: meta.Look | None) -> Sequence[templates.TemplateLine]:
    try:
        return templates.lines_of(asked)
    except Exception:
        logger.exception("The message templates could not be listed")
        return []
