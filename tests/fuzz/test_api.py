"""A few seconds of what `make fuzz-api` does for as long as it is let: the same requests each time, in this process."""

import json

import pytest
from django.core import signals
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings

from invitations.batches import judging
from pyfactor import api_docs
from pyfactor.wsgi import application
from tests.api_things import api_things
from tests.described import operations

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is absent: pip install -r requirements-dev.txt")

from tests.fuzz import api_server  # noqa: E402  (needs it)
from tests.fuzz.api_hooks import THINGS  # noqa: E402

pytestmark = pytest.mark.django_db

OPERATIONS = operations()
ASKED = settings(
    max_examples=8,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def described():
    config = schemathesis.Config.from_path(api_server.CONFIG)
    schema = schemathesis.openapi.from_dict(json.loads(api_docs.as_json()), config=config)
    schema.app = application
    return schema


@pytest.fixture
def _things(monkeypatch, inviter, api, sandbox):
    """One of everything that has an address."""
    inviter.is_staff = inviter.is_superuser = True
    inviter.save()
    monkeypatch.setenv(THINGS, json.dumps(api_things(lambda path, body: api.post(path, body, format="json"))))
    judging.judge_due()


@pytest.fixture
def _connection_stays(_things):
    """Requests come over WSGI; what they find is in the transaction of the test. Django's own client connects again."""
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
@pytest.mark.usefixtures("_connection_stays")
def test_server_keeps_to_its_description(operation, described, token):
    answers = []
    headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}

    @ASKED
    @given(case=described[operation.path][operation.method.upper()].as_strategy())
    def ask(case):
        answers.append(case.call_and_validate(headers=headers))

    ask()
    assert len(answers) >= 2
