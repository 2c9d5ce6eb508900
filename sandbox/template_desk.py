"""Whoever at Meta reviews templates, pauses and recategorises them, and tells the business by webhook."""

import asyncio
from collections.abc import Callable, Mapping

from sandbox.business import Business
from sandbox.events import (
    message_template_quality_update,
    message_template_status_update,
    template_category_update,
)
from sandbox.options import SandboxOptions
from sandbox.recipients import Recipients
from sandbox.template_review import review
from sandbox.template_shelf import TemplateRecord
from sandbox.templates import Template


class TemplateDesk:
    """Works for one account, until that is made anew."""

    def __init__(self, business: Business, recipients: Recipients, options: Callable[[], SandboxOptions]) -> None:
        self.shelf = business.templates
        self.recipients = recipients
        self.options = options

    def review_later(self, record: TemplateRecord) -> None:
        """Approve or reject a template once the review's time is over."""
        activity, revision = self.recipients.activity, record.revision
        activity.begin()

        def conclude() -> None:
            if not activity.ended and record.revision == revision and record.status == "PENDING":
                self.conclude(record)
            activity.finish()

        asyncio.get_running_loop().call_later(self.options().review_ms / 1000, conclude)

    def conclude(self, record: TemplateRecord) -> None:
        others = (other for other in self.shelf.records.values() if other is not record)
        verdict = review(record.template, [other.template for other in others if other.status != "REJECTED"])
        previous = record.template
        self.shelf.conclude(record, verdict)
        self.announce_status(record)
        self.announce_category(record, previous)

    def overrule(self, name: str, language: str, changes: Mapping[str, str]) -> None:
        """Do to a template what Meta does unasked. ValueError: what is wrong."""
        record = self.shelf.records.get((name, language))
        if record is None:
            raise ValueError(f"no such template: {name} ({language})")
        status, quality, previous = record.status, record.quality_score, record.template
        self.shelf.overrule(record, changes)
        if record.status != status:
            self.announce_status(record, was=status)
        if record.quality_score != quality:
            value = message_template_quality_update(name, record.quality_score, previous=quality, language=language)
            self.recipients.announce("message_template_quality_update", value)
        self.announce_category(record, previous)

    def announce_status(self, record: TemplateRecord, was: str = "") -> None:
        """Tell the status; of a template that comes back from the archive, Meta tells that."""
        template = record.template
        is_back = was == "ARCHIVED" and record.status == "APPROVED"
        value = message_template_status_update(
            template.name,
            "UNARCHIVED" if is_back else record.status,
            language=template.language,
            category=template.category.upper(),
            reason=record.rejected_reason,
        )
        self.recipients.announce("message_template_status_update", value)

    def announce_category(self, record: TemplateRecord, previous: Template) -> None:
        category, before = record.template.category.upper(), previous.category.upper()
        if category != before:
            name, language = previous.name, previous.language
            value = template_category_update(name, category, previous=before, language=language)
            self.recipients.announce("template_category_update", value)
