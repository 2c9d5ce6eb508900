"""A user who may invite whole lists, and lists in each of their states."""

import json

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile

from communications import due_work
from invitations.batches import creation, forecasts, judging
from invitations.batches.list_rows import ListRow
from invitations.models import InvitationBatch

BULK = "/api/invitations/whatsapp/bulk/"
BATCHES = "/api/invitations/batches/"


@pytest.fixture(autouse=True)
def _no_forecast_remembered():
    """What a process remembers of what a day still allows is forgotten before and after."""
    forecasts.forget()
    yield
    forecasts.forget()


@pytest.fixture
def may_invite_in_bulk(inviter):
    inviter.user_permissions.add(Permission.objects.get(codename="invite_in_bulk"))
    return inviter


def numbers(count, first=20000):
    """Numbers of different people, as many as wanted."""
    return [f"+4915123{first + number:06}" for number in range(count)]


@pytest.fixture
def batch_of(may_invite_in_bulk):
    """Keep a list of these rows; a row is a number, or a `ListRow`."""

    def create(rows, **fields):
        rows = [row if isinstance(row, ListRow) else ListRow(number, row) for number, row in enumerate(rows, start=1)]
        given = {"name": "Spring fair", "message": "Join me on Dott", "sender_name": "John Doe", "source": "api"}
        return creation.create(inviter=may_invite_in_bulk, rows=iter(rows), **(given | fields))

    return create


@pytest.fixture
def judged(batch_of):
    """The same, with its rows judged."""

    def create(rows, **fields):
        batch = batch_of(rows, **fields)
        while judging.judge_due():
            pass
        return InvitationBatch.objects.get(pk=batch.pk)

    return create


def verdicts_of(batch):
    return [(row.number, row.verdict) for row in batch.rows.order_by("number")]


@pytest.fixture
def upload(api, may_invite_in_bulk):
    """Send a CSV file through the API and return the answer."""

    def post(content, *, headers=None, **fields):
        file = SimpleUploadedFile("list.csv", content if isinstance(content, bytes) else content.encode())
        return api.post(BULK, {"message": "Join me on Dott", **fields, "file": file}, headers=headers or {})

    return post


@pytest.fixture
def post_list(api, may_invite_in_bulk):
    """Send a list as JSON and return the answer."""

    def post(rows, *, headers=None, **fields):
        body = {"message": "Join me on Dott", **fields, "rows": rows}
        return api.post(BULK, json.dumps(body), content_type="application/json", headers=headers or {})

    return post


def work_off():
    """Everything that is due, until nothing is."""
    while due_work.run_once():
        pass
