"""What whoever runs this software does, and that it is written down."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from communications import channel, operations
from communications.errors import MetaUnreachable, NotConfigured, PausedByPerson
from communications.models import AuditEntry, Channel, WebhookEvent
from communications.signals import channel_paused, channel_resumed
from communications.whatsapp_service import whatsapp_service
from tests.communications.webhooks.posts import receive_change

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sandbox")]

NUMBER = "676188225586230"
RESTRICTED = {
    "event": "ACCOUNT_RESTRICTION",
    "restriction_info": [{"restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING"}],
}


def audited():
    return list(AuditEntry.objects.order_by("pk").values_list("action", "actor_name", "subject"))


def test_person_pauses_and_resumes_the_number(admin_user, invite):
    operations.pause(by=admin_user)
    refused = invite()

    assert operations.resume(by=admin_user)

    assert (refused.status_code, refused.json()["code"]) == (503, "service_unavailable")
    assert "paused sending" in refused.json()["detail"]
    assert invite().status_code == 200
    assert audited() == [("paused", "admin", NUMBER), ("resumed", "admin", NUMBER)]


def test_open_number_has_nothing_to_resume(admin_user):
    assert not operations.resume(by=admin_user)
    assert audited() == []


def test_pause_of_a_person_outlives_a_new_token_and_metas_reinstatement(admin_user, settings):
    operations.pause(by=admin_user)
    settings.WHATSAPP_ACCESS_TOKEN = "another"
    receive_change("account_update", time=1795348801, **RESTRICTED)

    receive_change("account_update", time=1795348802, event="ACCOUNT_REINSTATED")

    with pytest.raises(PausedByPerson):
        whatsapp_service.require_ready(about_to_send=True)
    assert Channel.objects.get().paused_by_event == ""


def test_pause_of_metas_outlives_nothing_that_a_person_resumes(admin_user):
    channel.pause_by_event(NUMBER, "DISABLED_UPDATE")
    operations.pause(by=admin_user)

    operations.resume(by=admin_user)

    whatsapp_service.require_ready(about_to_send=True)


def test_pause_of_a_person_keeps_the_time_of_the_first_pause(admin_user):
    channel.pause(NUMBER, "sandbox-token", meta_code=190)
    before = Channel.objects.get().paused_at

    operations.pause(by=admin_user)

    assert Channel.objects.get().paused_at == before


def test_listeners_hear_of_both(admin_user, django_capture_on_commit_callbacks):
    heard = []

    def listen(signal, **named):
        heard.append((signal is channel_paused, named["phone_number_id"]))

    channel_paused.connect(listen)
    channel_resumed.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            operations.pause(by=admin_user)
            operations.resume(by=admin_user)
    finally:
        channel_paused.disconnect(listen)
        channel_resumed.disconnect(listen)

    assert heard == [(True, NUMBER), (False, NUMBER)]


def test_commands_do_the_same_in_their_own_name():
    told = StringIO()

    for command in ("pause_channel", "resume_channel", "resume_channel"):
        call_command(command, stdout=told)

    assert "sends nothing until resume_channel is run" in told.getvalue()
    assert told.getvalue().endswith(f"Number {NUMBER} was not paused.\n")
    assert audited() == [("paused", "manage.py", NUMBER), ("resumed", "manage.py", NUMBER)]


def test_webhooks_are_processed_again(admin_user):
    event = WebhookEvent.objects.create(body=b"{}", processed_at=timezone.now())

    assert operations.process_again(WebhookEvent.objects.all(), by=admin_user) == 1

    event.refresh_from_db()
    assert event.processed_at is None
    assert AuditEntry.objects.get().details == {"webhooks": 1}


def test_app_is_subscribed_to_webhooks(sandbox):
    sandbox.set_account(subscribed=False)

    call_command("subscribe_webhooks", stdout=StringIO())

    assert sandbox.account()["subscribed"]
    assert audited() == [("subscribed", "manage.py", "1513500473389693")]


def test_subscription_that_meta_does_not_take_is_told(sandbox, settings):
    sandbox.set_account(token_valid=False)
    with pytest.raises(CommandError, match="expired or was revoked"):
        call_command("subscribe_webhooks", stdout=StringIO())
    settings.WHATSAPP_GRAPH_API_URL = "http://127.0.0.1:9"
    with pytest.raises(MetaUnreachable):
        operations.subscribe()
    settings.WHATSAPP_ACCESS_TOKEN = ""
    with pytest.raises(NotConfigured):
        operations.subscribe()

    assert audited() == []


def test_templates_are_synced_for_as_long_as_a_page_may_wait(sandbox, settings, admin_user):
    settings.PUBLIC_BASE_URL = "https://dott.example"
    sandbox.clear_templates()

    first = operations.sync_templates(by=admin_user, seconds=0)
    rest = operations.sync_templates(by=admin_user)

    assert (len(first.outcomes), first.is_whole, rest.is_whole) == (1, False, True)
    assert len(sandbox.templates()) == 16
    assert [entry.details for entry in AuditEntry.objects.order_by("pk")] == [
        {"submitted": 1},
        {"submitted": 15, "nothing": 1},
    ]


def test_sync_by_command_is_audited_and_a_dry_run_is_not(sandbox):
    call_command("sync_message_templates", dry_run=True, stdout=StringIO())
    assert audited() == []

    call_command("sync_message_templates", pull=True, stdout=StringIO())

    assert audited() == [("synced", "manage.py", "")]


def test_token_that_is_made_is_audited_without_the_token(inviter):
    told = StringIO()

    call_command("create_api_token", "john", stdout=told)

    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor_name, entry.details["user"]) == ("token", "manage.py", inviter.pk)
    assert told.getvalue().strip() not in str(AuditEntry.objects.values())
