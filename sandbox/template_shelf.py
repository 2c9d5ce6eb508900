"""The templates of the account: created, reviewed, edited, paused, deleted."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.approved_templates import APPROVED
from sandbox.clock import DAY, Clock
from sandbox.events import template_of as identity_of
from sandbox.graph_errors import GraphError
from sandbox.template_refusals import refused
from sandbox.template_review import Verdict
from sandbox.templates import JSON, Template, components_of, template_of

STATUSES = (
    "APPROVED",
    "PENDING",
    "REJECTED",
    "PAUSED",
    "DISABLED",
    "ARCHIVED",
    "IN_APPEAL",
    "FLAGGED",
    "LIMIT_EXCEEDED",
)
EDITABLE = frozenset({"APPROVED", "REJECTED", "PAUSED"})
SENDABLE = frozenset({"APPROVED", "FLAGGED"})
MOST_TEMPLATES = 250
NAME_BLOCKED_DAYS = 30
MOST_EDITS, EDITS_DAYS = 10, 30


@dataclass(slots=True, eq=False)
class TemplateRecord:
    """One template in one language, and what became of it. `revision` counts what makes an earlier review void."""

    template: Template
    components: list[JSON]
    status: str = "PENDING"
    rejected_reason: str = "NONE"
    quality_score: str = "UNKNOWN"
    edits: list[float] = field(default_factory=list)
    previous_category: str = ""
    revision: int = 0

    @property
    def id(self) -> str:
        return str(identity_of(self.template.name, self.template.language)["message_template_id"])

    def as_json(self) -> dict[str, Any]:
        told = {
            "name": self.template.name,
            "parameter_format": "NAMED" if self.template.named else "POSITIONAL",
            "components": self.components,
            "language": self.template.language,
            "status": self.status,
            "category": self.template.category.upper(),
            "rejected_reason": self.rejected_reason,
            "quality_score": {"score": self.quality_score},
            "id": self.id,
        }
        return told | ({"previous_category": self.previous_category} if self.previous_category else {})


class TemplateShelf:
    """Keeps templates by name and language."""

    def __init__(self, clock: Clock, *, approved: bool = True) -> None:
        self.clock = clock
        self.records: dict[tuple[str, str], TemplateRecord] = {}
        self.blocked_until: dict[tuple[str, str], float] = {}
        if approved:
            self.records = {
                key: TemplateRecord(template, components_of(template), "APPROVED") for key, template in APPROVED.items()
            }

    def clear(self) -> None:
        self.records.clear()
        self.blocked_until.clear()

    def sendable(self, name: str, language: str) -> Template:
        """Return the template that a message may use; Meta's refusal where it may not."""
        record = self.records.get((name, language))
        if record is not None and record.status == "PAUSED":
            raise GraphError(132015, f"Template {name} ({language}) is paused due to low quality")
        if record is not None and record.status == "DISABLED":
            raise GraphError(132016, f"Template {name} ({language}) is disabled due to low quality")
        if record is None or record.status not in SENDABLE:
            raise GraphError(132001, f"template name ({name}) does not exist in {language}")
        return record.template

    def with_id(self, template_id: str) -> TemplateRecord | None:
        return next((record for record in self.records.values() if record.id == template_id), None)

    def create(self, creation: JSON) -> TemplateRecord:
        template = template_of(creation)
        key = (template.name, template.language)
        if key in self.records:
            raise refused("exists", f"There is already {key[1]} content for this template. Choose another name.")
        self.require_free(*key)
        if len({name for name, _ in self.records} | {key[0]}) > MOST_TEMPLATES:
            raise refused("limit", f"An account can have {MOST_TEMPLATES} templates.")
        record = TemplateRecord(template, creation["components"])
        self.records[key] = record
        return record

    def require_free(self, name: str, language: str) -> None:
        until = max(self.blocked_until.get((name, of), 0.0) for of in ("", language))
        if until > self.clock():
            raise refused(
                "deleted",
                f"New {language} content can't be added while the existing {language} content is being deleted. "
                "Try again in 4 weeks or consider creating a new message template.",
            )

    def edit(self, record: TemplateRecord, changes: JSON) -> None:
        """Change category or components; the template goes into review again."""
        if record.status not in EDITABLE:
            raise refused("edit", "Only approved, rejected and paused templates can be edited.")
        if record.status == "APPROVED":
            self.require_edits_left(record)
            if changes.get("category", "").lower() not in {"", record.template.category}:
                raise refused("edit", "The category of an approved template can't be changed.")
        whole = {
            **record.as_json(),
            **changes,
            "parameter_format": "NAMED" if record.template.named else "POSITIONAL",
        }
        record.template = template_of(whole)
        record.components = whole["components"]
        record.edits.append(self.clock())
        record.status, record.rejected_reason = "PENDING", "NONE"
        record.revision += 1

    def require_edits_left(self, record: TemplateRecord) -> None:
        now = self.clock()
        recent = [moment for moment in record.edits if moment > now - EDITS_DAYS * DAY]
        if recent and recent[-1] > now - DAY:
            raise refused("edit", "An approved template can be edited once in 24 hours.")
        if len(recent) >= MOST_EDITS:
            raise refused("edit", f"An approved template can be edited {MOST_EDITS} times in {EDITS_DAYS} days.")

    def conclude(self, record: TemplateRecord, verdict: Verdict) -> None:
        if verdict.category != record.template.category.upper():
            self.recategorise(record, verdict.category)
        record.status, record.rejected_reason = verdict.status, verdict.reason

    def recategorise(self, record: TemplateRecord, category: str) -> None:
        record.previous_category = record.template.category.upper()
        record.template = replace(record.template, category=category.lower())

    def delete(self, name: str, template_id: str = "") -> None:
        """Delete a name in every language, or one of them by its ID; the name is blocked for 30 days."""
        doomed = [key for key, record in self.records.items() if key[0] == name and template_id in {"", record.id}]
        if not doomed:
            raise refused("not found", f"Message template {name} was not found.")
        until = self.clock() + NAME_BLOCKED_DAYS * DAY
        for key in doomed:
            self.records.pop(key).revision += 1
        for key in doomed if template_id else [(name, "")]:
            self.blocked_until[key] = until

    def overrule(self, record: TemplateRecord, changes: Mapping[str, str]) -> None:
        """Set status, category, quality or reason, as Meta does unasked. ValueError: what is wrong."""
        unknown = set(changes) - {"status", "category", "quality_score", "reason"}
        if unknown or not all(isinstance(value, str) for value in changes.values()):
            raise ValueError("only status, category, quality_score and reason can be set, each to a string")
        status = changes.get("status", record.status).upper()
        if status not in STATUSES:
            raise ValueError(f"status must be one of {', '.join(STATUSES)}")
        record.revision += 1
        record.status = status
        record.rejected_reason = changes.get("reason", "ABUSIVE_CONTENT" if status == "REJECTED" else "NONE")
        record.quality_score = changes.get("quality_score", record.quality_score).upper()
        if "category" in changes and changes["category"].lower() != record.template.category:
            self.recategorise(record, changes["category"].upper())
