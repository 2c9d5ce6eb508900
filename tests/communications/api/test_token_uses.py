"""When a token was last used: told by a command and in the admin, so that nobody's can be revoked."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from knox.models import AuthToken

from communications.api import token_uses
from communications.models import AuditEntry, TokenScopes, TokenUse

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_noted(monkeypatch):
    monkeypatch.setattr(token_uses, "_noted", {})


def lines():
    out = StringIO()
    call_command("list_api_tokens", stdout=out)
    return out.getvalue().splitlines()


def test_use_of_a_token_is_kept(api):
    api.get("/api/invitations/")

    [use] = TokenUse.objects.all()
    assert timezone.now() - use.last_used_at < timedelta(minutes=1)


def test_token_that_is_used_all_the_time_is_written_down_once_a_minute(api, django_assert_num_queries, monkeypatch):
    api.get("/api/invitations/")
    with django_assert_num_queries(2):
        api.get("/api/messages/none/")
    TokenUse.objects.update(last_used_at=timezone.now() - timedelta(hours=1))

    monkeypatch.setattr(token_uses, "SECONDS_BETWEEN_NOTES", 0.0)
    api.get("/api/invitations/")

    assert timezone.now() - TokenUse.objects.get().last_used_at < timedelta(minutes=1)


@pytest.mark.parametrize("text", ["wrong", "0" * 64])
def test_token_that_gets_nobody_in_was_not_used(client, token, text):
    client.get("/api/invitations/", headers={"Authorization": f"Bearer {text}"})

    assert not TokenUse.objects.exists()


def test_command_lists_every_token_with_its_last_use_and_without_the_token(api, token, inviter):
    api.get("/api/invitations/")
    _row, unused = AuthToken.objects.create(inviter)

    head, *listed = lines()

    assert head.split() == ["token", "user", "scopes", "created", "expires", "last", "used"]
    assert [line.split()[:3] for line in listed] == [[text[:15], "john", "all"] for text in (token, unused)]
    assert f"{TokenUse.objects.get().last_used_at:%Y-%m-%d %H:%M}" in listed[0]
    assert listed[1].endswith("never")
    assert not any(text in line for line in listed for text in (token, unused))


def test_admin_lists_the_last_use(api, admin_client):
    api.get("/api/invitations/")

    page = admin_client.get("/admin/knox/authtoken/").content.decode()

    assert f"{TokenUse.objects.get().last_used_at:%Y-%m-%d %H:%M}" in page


def test_command_revokes_the_token_that_the_list_names(api, token):
    call_command("revoke_api_token", lines()[1].split()[0], stdout=StringIO())

    assert api.get("/api/invitations/").status_code == 401
    entry = AuditEntry.objects.get(action="revoked")
    assert (entry.actor_name, entry.subject) == ("manage.py", token[:15])


@pytest.mark.parametrize("by_action", [True, False])
def test_revocation_in_the_admin_is_audited(api, admin_client, by_action):
    api.get("/api/invitations/")
    token = AuthToken.objects.get()
    path, form = f"/admin/knox/authtoken/{token.pk}/delete/", {"post": "yes"}
    if by_action:
        path, form = "/admin/knox/authtoken/", {**form, "action": "delete_selected", "_selected_action": token.pk}

    admin_client.post(path, form)

    assert api.get("/api/invitations/").status_code == 401
    assert AuditEntry.objects.get(action="revoked").actor_name == "admin"


def test_user_of_a_token_that_was_used_can_be_deleted_in_the_admin(api, admin_client, inviter):
    api.get("/api/invitations/")
    TokenScopes.objects.create(token=AuthToken.objects.get(), scopes=["invite"])

    admin_client.post(f"/admin/auth/user/{inviter.pk}/delete/", {"post": "yes"})

    assert not type(inviter).objects.filter(pk=inviter.pk).exists()


def test_token_that_nobody_named_is_no_token(db):
    with pytest.raises(CommandError, match="There is no such token"):
        call_command("revoke_api_token", "abc")
