"""What both clients meet: no proxy but the test's own, little patience, and a port that refuses."""

import socket

import pytest

from communications.graph import bulk_client, client


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def impatient(monkeypatch):
    for module in (bulk_client, client):
        monkeypatch.setattr(module, "CONNECT_TIMEOUT", 0.3)
        monkeypatch.setattr(module, "READ_TIMEOUT", 0.3)


@pytest.fixture
def free_port():
    """A port that is bound and not listened on: connections to it are refused, and nobody else can take it."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]
