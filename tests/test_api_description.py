"""`/api/schema/` says all that the API does, and the server keeps to it."""

import json
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from rest_framework.exceptions import ValidationError

from communications.api.description.message_examples import REQUESTS
from communications.api.kinds import KINDS, body_of
from communications.api.scopes import Scope
from invitations.batches import judging
from invitations.description import examples
from pyfactor import api_docs
from tests.addresses import addresses
from tests.api_things import api_things
from tests.described import JSON, description, faults, faults_of_answer, operations

OPERATIONS = operations()
BY_ID = {operation.said["operationId"]: operation for operation in OPERATIONS}
API_DOCS = (Path(__file__).parent.parent / "docs" / "api.md").read_text()
# The description itself, and its page.
NOT_DESCRIBED = {"api/schema/", "api/docs/"}


def test_command_finds_nothing_to_warn_of():
    errors = StringIO()

    call_command("spectacular", "--validate", "--fail-on-warn", stdout=StringIO(), stderr=errors)

    assert errors.getvalue() == ""


def test_every_address_and_method_of_the_api_is_described():
    served = {
        (re.sub(r"<str:pk>", "{id}", f"/{address}"), method)
        for address, found in addresses()
        if address.startswith("api/") and address.endswith("/") and address not in NOT_DESCRIBED
        for method in ("get", "post", "put", "patch", "delete")
        if hasattr(found.callback.view_class, method)
    }

    assert {(operation.path, operation.method) for operation in OPERATIONS} == served


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_every_operation_is_told_in_full(operation):
    said = operation.said
    bodies = [body for response in said["responses"].values() for body in response["content"].items()]

    assert said["summary"]
    assert said["description"]
    assert all(parameter["description"] for parameter in said.get("parameters", []))
    assert all(response["description"] for response in said["responses"].values())
    assert all(body["examples"] for media_type, body in bodies if media_type == JSON)
    assert {"401", "403"} <= set(said["responses"]) or operation.label == "GET /api/webhooks/whatsapp/"


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_every_example_is_as_its_schema_says(operation):
    bodies = [operation.said.get("requestBody", {}), *operation.said["responses"].values()]
    contents = [content for body in bodies for content in body.get("content", {}).values()]

    wrong = [
        f"{name}: {fault}"
        for content in contents
        for name, example in content.get("examples", {}).items()
        for fault in faults(content["schema"], example["value"])
    ]

    assert wrong == []


def test_scopes_stand_beside_the_operations():
    scopes = {
        scope for operation in OPERATIONS for way in operation.said["security"] for scope in way.get("bearerToken", [])
    }

    assert scopes == set(Scope)


def test_document_shows_the_examples_of_the_description():
    shown = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", API_DOCS, re.DOTALL) if "{…}" not in block]

    assert [example for example in REQUESTS.values() if example not in shown] == []
    assert examples.LIST_REQUEST in shown


@pytest.fixture
def anything_is_allowed(inviter):
    inviter.is_staff = inviter.is_superuser = True
    inviter.save()


@pytest.fixture
def _hosts_are_public(monkeypatch):
    look_up = socket.getaddrinfo
    public = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 443))
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *to, **how: [public] if "example" in str(host) else look_up(host, *to, **how),
    )


def requests_of(operation):
    for media_type, body in operation.said.get("requestBody", {}).get("content", {}).items():
        for name, example in body["examples"].items():
            yield media_type, name, example["value"]


EXAMPLES = [
    pytest.param(operation, media_type, value, id=f"{operation.said['operationId']}-{name}")
    for operation in OPERATIONS
    for media_type, name, value in requests_of(operation)
    if operation.said["operationId"] != "takeWebhook"
]


@pytest.mark.django_db
@pytest.mark.parametrize(("operation", "media_type", "value"), EXAMPLES)
@pytest.mark.usefixtures("anything_is_allowed", "_hosts_are_public", "sandbox")
def test_every_example_of_a_request_is_taken_and_answered_as_described(operation, media_type, value, api):
    if media_type == JSON:
        answer = api.post(operation.path, value, format="json")
    else:
        file = SimpleUploadedFile("people.csv", value["file"].encode(), content_type="text/csv")
        answer = api.post(operation.path, {**value, "file": file}, format="multipart")

    assert answer.status_code in {200, 202}, answer.content
    assert faults_of_answer(operation, answer) == []


@pytest.fixture
def things(api, anything_is_allowed, sandbox):
    """The ID of one of everything that has an address, by the beginning of its addresses."""
    made = api_things(lambda path, body: api.post(path, body, format="json"))
    while judging.judge_due():
        pass
    return made


def path_to(operation, things):
    fitting = [thing for beginning, thing in things.items() if operation.path.startswith(beginning)]
    return operation.path.replace("{id}", fitting[0]) if fitting else operation.path


# In the order in which a list is worked off, and an invitation taken back.
READ_AND_CHANGED = [
    "readInvitation", "readMessage", "listInvitations", "readAnalytics", "listBatches", "readBatch", "startBatch",
    "pauseBatch", "readBatch", "resumeBatch", "cancelBatch", "pauseBatch", "readBatchReport", "resendInvitation",
    "revokeInvitation", "revokeInvitation", "resendInvitation",
]  # fmt: skip


@pytest.mark.django_db
def test_what_is_there_is_answered_as_described(things, api):
    answers = [
        (BY_ID[name], getattr(api, BY_ID[name].method)(path_to(BY_ID[name], things))) for name in READ_AND_CHANGED
    ]

    assert [fault for operation, answer in answers for fault in faults_of_answer(operation, answer)] == []
    assert [answer.status_code for _operation, answer in answers] == [200] * 11 + [409, 200, 409, 200, 200, 409]


@pytest.mark.django_db
def test_options_of_every_address_are_answered(things, api):
    """Those of lists were a 500: REST framework looked for fields where a view has no serializer."""
    ours = [operation for operation in OPERATIONS if operation.said["tags"] != ["Webhooks"]]

    answers = {operation.label: api.options(path_to(operation, things)).status_code for operation in ours}

    assert set(answers.values()) == {200}


def texts_with_limits(schema, value, place=()):
    """Where in an example of a kind a text stands that has a limit, and the limit."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from texts_with_limits(resolved(schema).get("properties", {}).get(name, {}), each, (*place, name))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from texts_with_limits(resolved(schema).get("items", {}), each, (*place, number))
    else:
        found = resolved(schema)
        limits = [each["maxLength"] for each in (found, *found.get("anyOf", [])) if "maxLength" in each]
        if limits and "pattern" not in found:
            yield place, limits[0]


def resolved(schema):
    name = schema.get("$ref", "").rpartition("/")[2]
    return description()["components"]["schemas"][name] if name else schema


KIND_SCHEMAS = {
    kind: description()["components"]["schemas"]["MessageRequest"]["discriminator"]["mapping"][kind] for kind in KINDS
}
LIMITS = [
    pytest.param(kind, place, limit, id=f"{kind}-{'.'.join(map(str, place))}")
    for kind, request in REQUESTS.items()
    for place, limit in texts_with_limits({"$ref": KIND_SCHEMAS[kind]}, request)
]


def with_text(value, place, text):
    if not place:
        return text
    inner = {place[0]: with_text(value[place[0]], place[1:], text)}
    return value | inner if isinstance(value, dict) else [*value[: place[0]], inner[place[0]], *value[place[0] + 1 :]]


@pytest.mark.parametrize(("kind", "place", "limit"), LIMITS)
@pytest.mark.usefixtures("_hosts_are_public")
def test_described_limit_of_a_message_is_the_one_that_holds(kind, place, limit):
    at_the_limit = body_of(with_text(REQUESTS[kind], place, "x" * limit))

    assert at_the_limit.is_valid()
    with pytest.raises(ValidationError):
        body_of(with_text(REQUESTS[kind], place, "x" * (limit + 1)))
    over = with_text(REQUESTS[kind], place, "x" * (limit + 1))
    assert faults({"$ref": KIND_SCHEMAS[kind]}, over) != []


def test_many_who_ask_at_once_are_given_what_was_made_once():
    api_docs._made.cache_clear()

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: api_docs.as_json(), range(4)))

    assert len(set(answers)) == 1
    assert api_docs._made.cache_info().misses == 1


def test_anyone_may_read_the_description_and_its_page(client):
    schema, page = client.get("/api/schema/"), client.get("/api/docs")

    assert schema.json()["openapi"].startswith("3.1")
    assert (schema["Content-Type"], page.status_code) == (JSON, 200)
    assert "unsafe" not in page["Content-Security-Policy"]
