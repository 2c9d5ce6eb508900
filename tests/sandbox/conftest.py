from collections.abc import Iterator

import pytest

from sandbox import Sandbox, SandboxOptions
from tests.sandbox.receiver import WebhookReceiver


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SandboxOptions(delay_ms=0, webhook_retry_ms=5, review_ms=0)) as running:
        yield running


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with WebhookReceiver(verify_token="handshake") as running:
        yield running


@pytest.fixture
def connected(sandbox: Sandbox, receiver: WebhookReceiver) -> Sandbox:
    """Return the sandbox with its webhooks going to the receiver."""
    sandbox.configure(webhook_url=receiver.url)
    return sandbox
