"""What a token may be used for: a token for invoices cannot invite.

A token without a row of its own has every scope, those that are added later too. So has a session: its user is there.
"""

from enum import StrEnum
from typing import Any

from knox.models import AuthToken
from rest_framework.request import Request

from communications import audit
from communications.models import TokenScopes


class Scope(StrEnum):
    """The part of the API that a view belongs to, as `required_scope`."""

    INVITATIONS = "invitations"
    MESSAGES = "messages"
    ANALYTICS = "analytics"


def record_creation(token: AuthToken, scopes: list[Scope], *, by: Any = None) -> None:
    """Leave a line in the audit log: what the token may be used for, and whose it is."""
    audit.record(
        audit.Action.TOKEN_CREATED,
        by=by,
        subject=token.token_key,
        details={"user": token.user_id, "scopes": sorted(set(scopes)) or "all"},
    )


def record_revocation(token: AuthToken, *, by: Any = None) -> None:
    """Leave a line in the audit log, before the token goes."""
    audit.record(audit.Action.TOKEN_REVOKED, by=by, subject=token.token_key, details={"user": token.user_id})


def words_of(token: AuthToken) -> str:
    """The scopes of a token as a person reads them."""
    return str(token.limited_to) if hasattr(token, "limited_to") else "all"


def limit(token: AuthToken, scopes: list[Scope]) -> None:
    """Leave `token` these scopes only."""
    TokenScopes.objects.update_or_create(token=token, defaults={"scopes": sorted(set(scopes))})


def may_use(request: Request, scope: Scope) -> bool:
    """Say whether what the caller has signed in with has `scope`."""
    if request.auth is None:
        return True
    limited = TokenScopes.objects.filter(token=request.auth).first()
    return limited is None or scope in limited.scopes
