"""Canaries sent down every path of the software, and looked for in what leaves it: logs, metrics, reports, refusals.

Each function drives one kind of path: the endpoints in success and failure, Meta refusing, webhooks of every kind,
files, lists, due work as Celery does it, commands, pages, and what nobody foresaw.
"""

import json
from typing import Any

import pytest
import sentry_sdk
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from communications import due_work, tasks
from communications.meta_codes import META_CODES, Action
from communications.models import InboundMedia, Message
from communications.sending import send_due
from invitations.models import Invitation, InvitationBatch
from sandbox import Sandbox, SandboxOptions
from tests.canaries import (
    ACCESS_TOKEN,
    APP_SECRET,
    META,
    NUMBER,
    PASSWORD,
    VERIFY_TOKEN,
    WORDS,
    Caller,
    found_in,
    listening,
)
from tests.communications.webhooks.posts import change, shell, written_by
from tests.conftest import WEBHOOK_PATH
from tests.local_server import LocalServer
from tests.wire import answer

INVITATIONS = "/api/invitations/whatsapp/"
MESSAGES = "/api/messages/whatsapp/"
LISTS = "/api/invitations/whatsapp/bulk/"


@pytest.fixture(scope="module")
def meta_of_canaries():
    options = SandboxOptions(
        access_token=ACCESS_TOKEN, app_secret=APP_SECRET, delay_ms=0, messages_per_second=0, review_ms=0
    )
    with Sandbox(options) as sandbox:
        yield sandbox


@pytest.fixture
def heard():
    with listening() as found:
        yield found


def invite(phone: str, **more: Any) -> dict[str, Any]:
    return {"phoneNumber": phone, "message": WORDS, "recipientName": WORDS, **more}


def endpoints(caller: Caller) -> None:
    named = {"Authorization": f"Bearer {caller.token}"}
    for ending in (*range(100, 107), 108, 109, 110, 126, 130, 147, 149, 150):
        keyed = {**named, "Idempotency-Key": f"key-{ending}"}
        caller.api("post", INVITATIONS, invite(f"{NUMBER}{ending}"), headers=keyed)
    caller.api("post", INVITATIONS, invite(f"{NUMBER}111"), headers={**named, "Idempotency-Key": "key-100"})
    wrong = [invite("+1 202 555 0100"), invite("2025550100"), invite(f"{NUMBER}100", message=7), [WORDS]]
    for body in (*wrong, f'{{"message": "{WORDS}', " " * 70_000):
        caller.api("post", INVITATIONS, body)
    caller.api("post", f"{INVITATIONS}preview/", invite(f"{NUMBER}112"))
    made = Invitation.objects.get(phone_number=f"{NUMBER}100")
    for path in ("invitations/", f"invitations/{made.pk}/", "invitations/12025550100/", "schema/", "docs/"):
        caller.api("get", f"/api/{path}")
    for query in ("", "?format=csv", "?from=x"):
        caller.api("get", f"/api/analytics/{query}")
    for act in ("resend", "revoke"):
        caller.api("post", f"/api/invitations/{made.pk}/{act}/", {})
    for token in (f"{caller.token[:-1]}0", "canary", ACCESS_TOKEN):
        caller.api("get", "/api/invitations/", headers={"Authorization": f"Bearer {token}"})


def messages(caller: Caller) -> None:
    for body in (
        {"type": "text", "text": WORDS},
        {"type": "text", "text": WORDS, "sendAt": "2099-01-01T00:00:00Z"},
        {"type": "buttons", "body": WORDS, "buttons": [{"title": "Yes", "action": "yes"}]},
        {"type": "image", "link": f"https://canary.invalid/{ACCESS_TOKEN}.jpg", "caption": WORDS},
        {"type": "template", "template": "invoice_notification", "values": {"customer_name": WORDS}},
        {"type": "text", "text": WORDS * 200},
        {"type": WORDS},
    ):
        caller.api("post", MESSAGES, {"phoneNumber": f"{NUMBER}113", **body})
    for message in Message.objects.order_by("-created_at")[:2]:
        caller.api("get", f"/api/messages/{message.pk}/")


def lists(caller: Caller) -> None:
    rows = [{"phoneNumber": f"{NUMBER}12{n}"} for n in range(4)]
    caller.api("post", LISTS, {"name": WORDS, "message": WORDS, "rows": rows})
    table = f"phone;name\n{NUMBER}125;{WORDS}\nnone;x\n".encode()
    for content in (table, b"\x00\xff" + WORDS.encode()):
        form = {"file": SimpleUploadedFile("list.csv", content), "name": WORDS, "message": WORDS}
        caller.api("post", LISTS, form, is_form=True)
    caller.api("post", LISTS, f'{{"rows": [{{"phoneNumber": "{NUMBER}100", "message": "{WORDS}"')
    tasks.work_off("lists to be judged")
    for batch in InvitationBatch.objects.all():
        for act in ("start", "pause", "resume"):
            caller.api("post", f"/api/invitations/batches/{batch.pk}/{act}/", {})
        tasks.work_off("lists to be sent")
        for rest in ("", "report/"):
            caller.api("get", f"/api/invitations/batches/{batch.pk}/{rest}")
    caller.api("get", "/api/invitations/batches/")
    send_due()
    for batch in InvitationBatch.objects.all():
        caller.api("post", f"/api/invitations/batches/{batch.pk}/cancel/", {})


def webhooks(caller: Caller) -> None:
    caller.hand_over()
    caller.meta.receive("image", f"{NUMBER}114", caption=WORDS)
    for text in (WORDS, "STOP", "START"):
        caller.meta.receive("text", f"{NUMBER}114", body=text)
    caller.hand_over()
    good = json.dumps(shell(change(messages=[written_by(f"{NUMBER[1:]}115", text=WORDS)]))).encode()
    caller.post_webhook(good, "another secret")
    caller.post_webhook(good, **{"X-Hub-Signature-256": f"sha256={APP_SECRET}"})
    caller.post_webhook(good, **{"X-Nothing": "1"})
    odd = [
        [WORDS],
        shell(change("canary", **META)),
        shell(change("account_alerts", **META), change("security", event=WORDS, **META)),
        shell(change(errors=[{"code": 131051, "message": WORDS, "error_data": {"details": META["number"]}}])),
        shell(change(messages=[{"from": "12025550115", "id": 7, "type": WORDS, "timestamp": WORDS}])),
    ]
    for body in (b"{" + WORDS.encode(), *(json.dumps(each).encode() for each in odd)):
        caller.post_webhook(body)
    for token, challenge in ((VERIFY_TOKEN, "1"), (f"{VERIFY_TOKEN}!", WORDS)):
        query = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": challenge}
        caller.ask("webhooks", "get", WEBHOOK_PATH, query, client=caller.stranger)


def files(caller: Caller) -> None:
    for kind in ("image", "document"):
        caller.meta.receive(kind, f"{NUMBER}117", caption=WORDS)
    caller.hand_over()
    tasks.work_off("received media")
    InboundMedia.objects.update(status="waiting", media_id="00000")
    tasks.work_off("received media")
    caller.driven["files"] += 4


def pages(caller: Caller) -> None:
    newest = Invitation.objects.order_by("-pk")[0]
    for client in (caller.client, caller.stranger):
        for path in ("invite", "invitations", "batches", "batches/new", "analytics", "health"):
            caller.ask("pages", "get", f"/dashboard/{path}/", client=client)
        for number in (f"{NUMBER}119", f"{NUMBER}130", "12025550120", "canary"):
            form = {"phone_number": number, "message": WORDS, "recipient_name": WORDS}
            for path in ("", "verdict/", "by-hand/"):
                caller.ask("pages", "post", f"/dashboard/invite/{path}", form, client=client)
        caller.ask("pages", "get", "/dashboard/invitations/", {"q": f"{NUMBER}100 {WORDS}"}, client=client)
        for rest in ("", "status/", "webhooks/"):
            caller.ask("pages", "get", f"/dashboard/invitations/{newest.pk}/{rest}", client=client)
        form = {"name": WORDS, "pasted": f"{NUMBER}100, {WORDS}", "message": WORDS}
        caller.ask("pages", "post", "/dashboard/batches/new/", form, client=client)
        for path in (
            f"{NUMBER}100/",
            "dashboard/12025550100/",
            "admin/",
            "admin/communications/message/?q=12025550100",
        ):
            caller.ask("pages", "get", f"/{path}", client=client)


def guest_pages(caller: Caller) -> None:
    newest = Invitation.objects.order_by("-pk")[0]
    for said in ("", "opened", "accept", "never", WORDS):
        caller.ask("pages", "post" if said else "get", f"/i/{newest.token}/", {"answer": said}, client=caller.stranger)
    caller.ask("pages", "post", f"/i/{newest.token}/", {"answer": WORDS}, client=Client(enforce_csrf_checks=True))
    Invitation.objects.filter(pk=newest.pk).update(state="expired")
    for token in (newest.token, f"{newest.token}x"):
        caller.ask("pages", "get", f"/i/{token}/", client=caller.stranger)
    for path in ("/accounts/login/", "/admin/login/"):
        caller.ask("pages", "post", path, {"username": f"{NUMBER}100", "password": f"{PASSWORD}?"}, client=Client())


def refusals(caller: Caller) -> None:
    """Meta quotes what it was sent: the number, the words, even the token. One code of each family, and no code."""
    codes = {meta.action: code for code, meta in sorted(META_CODES.items()) if meta.action is not Action.RETRY}.values()
    said = f"Malformed access token {META['token']} for {META['number']}: {META['words']}"
    errors = [{"code": code, "message": said, "error_data": {"details": said}, "fbtrace_id": "A1"} for code in codes]
    refused = [(400, json.dumps({"error": error})) for error in errors]
    text = {"phoneNumber": f"{NUMBER}188", "type": "text", "text": WORDS}
    for status, body in [*refused, (500, said), (200, said), (200, json.dumps({"messages": [{"said": said}]}))]:
        with LocalServer(answer(status, body.encode())) as hostile:
            caller.settings.WHATSAPP_GRAPH_API_URL = hostile.url
            caller.api("post", MESSAGES, text)
            caller.command("resume_channel")
            caller.driven["refusals"] += 1
    with LocalServer(answer(*refused[0][:1], refused[0][1].encode())) as hostile:
        caller.settings.WHATSAPP_GRAPH_API_URL = hostile.url
        for act in ("check", "subscribe", "templates"):
            caller.ask("pages", "post", f"/dashboard/health/{act}/")
        for command in ("whatsapp_doctor", "subscribe_webhooks", "sync_message_templates"):
            caller.command(command)
        Message.objects.filter(status="queued").update(due_at=None)
        send_due()
        caller.command("resume_channel")
    caller.settings.WHATSAPP_GRAPH_API_URL = "http://127.0.0.1:9"
    caller.api("post", MESSAGES, text)
    caller.settings.WHATSAPP_GRAPH_API_URL = caller.meta.url


def commands(caller: Caller) -> None:
    for name, who in (
        ("create_api_token", "boss"),
        ("create_api_token", f"{NUMBER}100"),
        ("export_person", f"{NUMBER}114"),
    ):
        caller.command(name, who, is_asked_for=True)
    for name, *arguments in (
        ("list_api_tokens",), ("revoke_api_token", "nothing"), ("whatsapp_doctor",), ("whatsapp_doctor", "--json"),
        ("sync_message_templates",), ("subscribe_webhooks",), ("pause_channel",), ("resume_channel",),
        ("run_due_work",), ("rebuild_analytics",), ("check",), ("forget_person", f"{NUMBER}114", "--dry-run"),
        ("forget_person", f"{NUMBER}114", "--no-input"),
    ):  # fmt: skip
        caller.command(name, *arguments)


def broken_webhooks(caller: Caller, monkeypatch: Any) -> None:
    def fail(*updates: Any) -> None:
        raise ValueError(f"{META['number']} wrote {len(updates)} things")

    with monkeypatch.context() as broken:
        broken.setattr("communications.webhooks.processing.apply_updates", fail)
        caller.post_webhook(json.dumps(shell(change(messages=[written_by(f"{NUMBER[1:]}116", text=WORDS)]))).encode())
    caller.command("run_due_work", "--failed")


def nobody_foresaw(caller: Caller, monkeypatch: Any) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        words, token = WORDS, ACCESS_TOKEN
        raise RuntimeError(f"{META['number']} {len(words)} {len(token)}")

    with monkeypatch.context() as broken:
        broken.setattr("invitations.services.send_invitation", fail)
        caller.api("post", INVITATIONS, invite(f"{NUMBER}121"))
        caller.ask("exceptions", "post", "/dashboard/invite/", {"phone_number": f"{NUMBER}122", "message": WORDS})
        broken.setattr("invitations.guests._find", fail)
        caller.ask("exceptions", "get", f"/i/{'t' * 22}/", client=caller.stranger)


def work(caller: Caller, monkeypatch: Any) -> None:
    """The database does not take a row, and quotes all of it."""
    for job in due_work.jobs():
        tasks.work_off(job.name)
        caller.driven["jobs"] += 1
    row = "null value\nDETAIL:  " + "Failing row contains ({number}, {words},\n{words}, 12025550118).\n".format(**META)

    def fail() -> int:
        raise RuntimeError(row)

    with monkeypatch.context() as broken:
        broken.setattr(due_work, "jobs", lambda stop=None: [due_work.Job("one that fails", fail)])
        tasks.work_off("one that fails")
        due_work._portion(due_work.jobs()[0])
    caller.driven["jobs"] += 2


@pytest.mark.django_db
def test_no_secret_number_or_word_leaves_by_any_path(heard, meta_of_canaries, settings, monkeypatch, tmp_path):
    settings.WHATSAPP_ACCESS_TOKEN, settings.WHATSAPP_APP_SECRET = ACCESS_TOKEN, APP_SECRET
    settings.WHATSAPP_WEBHOOK_VERIFY_TOKEN, settings.WHATSAPP_GRAPH_API_URL = VERIFY_TOKEN, meta_of_canaries.url
    settings.MEDIA_ROOT = tmp_path
    caller = Caller(heard, meta_of_canaries, settings)

    for drive in (endpoints, messages, lists, webhooks, files, pages, guest_pages, refusals, commands):
        drive(caller)
    for drive in (broken_webhooks, nobody_foresaw, work):
        drive(caller, monkeypatch)
    caller.ask("endpoints", "get", "/metrics")
    metrics = heard.answers.pop()[2]
    sentry_sdk.flush()

    secrets = [ACCESS_TOKEN, APP_SECRET, VERIFY_TOKEN, PASSWORD, caller.token]
    links = list(Invitation.objects.values_list("token", flat=True))
    refused = [body for path, status, body in heard.answers if status >= 400 and path.split()[1].startswith("/api/")]
    leaks = {
        "logs": found_in(heard.logs(), secrets=secrets + links, people=True),
        "metrics": found_in(metrics, secrets=secrets + links, people=True),
        "Sentry": found_in(heard.sentry(), secrets=secrets + links, people=True),
        "reports": found_in("".join(heard.reports), secrets=secrets + links, people=True),
        "commands": found_in(heard.printed.getvalue(), secrets=secrets),
        # Whoever invites, and whoever is invited, has the link.
        "answers": [path for path, _status, body in heard.answers if found_in(body, secrets=secrets)],
        "refusals": found_in("\n".join(refused), secrets=secrets + links, people=True),
    }
    assert {place: found for place, found in leaks.items() if found} == {}
    # It was heard, and every kind of answer was among it.
    assert sum(caller.driven.values()) > 250
    assert {200, 400, 401, 403, 404, 409, 500, 502, 503, 504} <= {status for _path, status, _body in heard.answers}
    assert "urllib3.connectionpool" in heard.logs()
    assert len(heard.events) >= 4
    assert len(heard.reports) == 3


@pytest.mark.parametrize(
    "text", [WORDS, f"x{ACCESS_TOKEN}", "+12025550100", "12025550100", "(202) 555-0100", "/12025550100/"]
)
def test_canary_is_recognised(text):
    assert found_in(f"somebody said {text}, loudly", secrets=[ACCESS_TOKEN], people=True)


@pytest.mark.parametrize("text", ["+12*******00", "676188225586230", "the garden"])
def test_what_may_be_told_is_no_canary(text):
    assert found_in(text, secrets=[ACCESS_TOKEN], people=True) == []
