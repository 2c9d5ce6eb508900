"""Whole lists, from the upload to the last message: how long it takes, and how much memory."""

import io
import time
from dataclasses import dataclass

import requests
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db.models import QuerySet

from benchmarks.measuring.processes import peak_mb
from benchmarks.sending import rows
from benchmarks.sending.audit import Audit
from benchmarks.sending.list_file import csv_of
from benchmarks.sending.machine import Machine
from communications.models import Campaign

BULK = "/api/invitations/whatsapp/bulk/"


@dataclass(frozen=True)
class Sent:
    """`judged_seconds`: from the first byte of the upload to the last verdict. Memory is the most there ever was."""

    judged_seconds: float
    sent_seconds: float
    worker_mb: float
    web_mb: float


def send(machine: Machine, number: int, audit: Audit) -> Sent:
    """Upload a list of so many rows, wait for its verdicts, start it, and wait for its end."""
    from knox.models import AuthToken

    rows.empty()
    machine.begin_anew(messages_per_second=0)
    headers = {"Authorization": f"Bearer {AuthToken.objects.create(_inviter())[1]}"}
    with machine.web(BULK) as web, machine.workers(1) as [worker], requests.Session() as session:
        session.trust_env = False
        machine.wait_for_workers(1)
        form = {"message": "Join me on Dott!", "senderName": "Ada Byron"}
        file = io.BytesIO(csv_of(number))
        started = time.monotonic()
        answer = session.post(web.url + BULK, form, files={"file": file}, headers=headers, timeout=120)
        if answer.status_code != 202:
            raise RuntimeError(f"The list was answered {answer.status_code}: {answer.text[:500]}")
        batch = _batch(answer.json()["batchId"])
        judged = _wait(batch.filter(stage="judging"), seconds=300)
        start = f"{web.url}/api/invitations/batches/{batch.get().pk}/start/"
        session.post(start, headers=headers, timeout=30).raise_for_status()
        campaign = Campaign.objects.filter(batch__in=batch).exclude(state=Campaign.State.FINISHED)
        sent = _wait(campaign, seconds=60 + number / 50)
        memory = peak_mb(worker.pid), peak_mb(web.pid)
    audit.take_stock(machine.meta)
    return Sent(judged - started, sent - judged, *memory)


def _batch(key: str) -> QuerySet:
    from invitations.models import InvitationBatch

    return InvitationBatch.objects.filter(pk=key)


def _wait(unfinished: QuerySet, *, seconds: float) -> float:
    """Wait until there is none of these; return when. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while unfinished.exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"The list is not done after {seconds:.0f} s.")
        time.sleep(0.1)
    return time.monotonic()


def _inviter():
    user, _ = get_user_model().objects.get_or_create(username="inviter", defaults={"email": "ada@example.com"})
    user.user_permissions.add(Permission.objects.get(codename="invite_in_bulk"))
    return user
