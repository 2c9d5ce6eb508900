"""The access token of a request."""

import secrets

from sandbox.account import is_expired
from sandbox.exchange import Exchange
from sandbox.graph_errors import GraphError
from sandbox.options import SandboxOptions


def bearer(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def check_token(token: str, exchange: Exchange) -> None:
    """Refuse a token that is missing, wrong or expired."""
    if not token:
        raise GraphError(190, message="An access token is required to request this resource.")
    if not secrets.compare_digest(token.encode(), exchange.options.access_token.encode()):
        raise GraphError(190, message="Invalid OAuth access token - Cannot parse access token")
    if is_expired(exchange.business.state, exchange.clock()):
        raise GraphError(190, subcode=463)


def is_app_token(token: str, options: SandboxOptions) -> bool:
    """An app may ask about tokens in its own name, also once its user's token has expired."""
    return secrets.compare_digest(token.encode(), f"{options.app_id}|{options.app_secret}".encode())
