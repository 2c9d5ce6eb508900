"""Who did what, where it concerns people or the whole account: written with the act, and never changed."""

from collections.abc import Mapping
from typing import Any

from communications.models import AuditEntry

Action = AuditEntry.Action

COMMAND = "manage.py"


def record(
    action: AuditEntry.Action, *, by: Any = None, subject: str = "", details: Mapping[str, Any] | None = None
) -> AuditEntry:
    """Keep that `by`, a user, did this; without one it was a command.

    `subject` is an ID and `details` are counts and codes: no name, number or text of anybody written to.
    """
    return AuditEntry.objects.create(
        action=action,
        actor=by,
        actor_name=name_of(by),
        subject=subject[:100],
        details=dict(details or {}),
    )


def name_of(by: Any) -> str:
    return str(by.get_username())[:150] if by is not None else COMMAND
