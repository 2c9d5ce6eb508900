import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from communications import contacts
from communications.models import Campaign, Contact, Message, Status
from communications.phone_numbers import parse
from sandbox import Sandbox
from tests.communications.approval import approve_ours
from tests.local_server import LocalServer
from tests.wire import answer


@pytest.fixture
def sent_message(db: None) -> Callable[..., Message]:
    """Write a message as it stands while it is on its way to Meta."""
    return _write(Status.SENDING)


@pytest.fixture
def queued(db: None) -> Callable[..., Message]:
    """Write a message as it waits for its turn, to a person of its own."""
    return _write(Status.QUEUED)


def _write(status: Status) -> Callable[..., Message]:
    def write(phone: str = "+12025550100", **fields: Any) -> Message:
        defaults = {
            "contact": Contact.objects.with_phone(phone) or contacts.create_by_phone(parse(phone), evidence="sent to"),
            "phone_number_id": "676188225586230",
            "to_number": phone,
            "kind": "text",
            "content": {"type": "text", "text": {"body": "Hello"}},
            "status": status,
        }
        return Message.objects.create(**defaults | fields)

    return write


@pytest.fixture
def approved(sandbox: Sandbox) -> Sandbox:
    """Our own wordings, approved: the sandbox begins with wordings of its own."""
    approve_ours(sandbox)
    return sandbox


@pytest.fixture
def campaign(db: None) -> Campaign:
    return Campaign.objects.create(name="Spring", state=Campaign.State.RUNNING)


@pytest.fixture
def meta_refuses(settings: Any) -> Iterator[Callable[..., LocalServer]]:
    """Put a server in Meta's place that refuses every message with a code."""
    servers = []

    def refuse(code: int, *, status: int = 400, details: str = "", headers: tuple[str, ...] = ()) -> LocalServer:
        body = json.dumps({"error": {"code": code, "message": "No", "error_data": {"details": details}}}).encode()
        server = LocalServer(answer(status, body, headers=headers)).__enter__()
        servers.append(server)
        settings.WHATSAPP_ACCESS_TOKEN = "token"
        settings.WHATSAPP_GRAPH_API_URL = server.url
        return server

    yield refuse
    for server in servers:
        server.__exit__(None, None, None)
