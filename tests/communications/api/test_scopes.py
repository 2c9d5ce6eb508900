"""What a token may be used for. Every address of the API belongs to a scope."""

from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from knox.models import AuthToken
from rest_framework.test import APIClient

from communications.api import scopes
from communications.api.base import API
from communications.api.scopes import Scope
from communications.models import AuditEntry, TokenScopes
from tests.addresses import addresses

pytestmark = pytest.mark.django_db

# Meta signs what it posts here, and has no token of ours; anyone may read what the API is.
OPEN = {"api/webhooks/whatsapp", "api/schema", "api/docs"}
SCOPES = {
    "api/analytics": "analytics",
    "api/invitations": "invitations",
    "api/invitations/<str:pk>": "invitations",
    "api/invitations/<str:pk>/resend": "invitations",
    "api/invitations/<str:pk>/revoke": "invitations",
    "api/invitations/batches": "invitations",
    "api/invitations/batches/<str:pk>": "invitations",
    "api/invitations/batches/<str:pk>/cancel": "invitations",
    "api/invitations/batches/<str:pk>/pause": "invitations",
    "api/invitations/batches/<str:pk>/report": "invitations",
    "api/invitations/batches/<str:pk>/resume": "invitations",
    "api/invitations/batches/<str:pk>/start": "invitations",
    "api/invitations/whatsapp": "invitations",
    "api/invitations/whatsapp/bulk": "invitations",
    "api/invitations/whatsapp/preview": "invitations",
    "api/messages/<str:pk>": "messages",
    "api/messages/whatsapp": "messages",
}


API_VIEWS = {
    address: found.callback
    for address, found in addresses()
    if address.startswith("api/") and address.rstrip("/") not in OPEN
}


def methods(view):
    return [name for name in ("get", "post", "put", "patch", "delete") if hasattr(view.view_class, name)]


EVERYTHING = [(route, method) for route, view in API_VIEWS.items() for method in methods(view)]


@pytest.fixture
def boss(django_user_model):
    """May do everything that an account may."""
    return django_user_model.objects.create_superuser("boss", "boss@example.com", "correct horse")


def caller(user, *allowed):
    """A caller whose token has these scopes."""
    token, text = AuthToken.objects.create(user)
    scopes.limit(token, [Scope(word) for word in allowed])
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    return client


def ask(client, method, route):
    path = "/" + route.replace("<str:pk>", str(uuid4()))
    return getattr(client, method)(path, {}, format="json" if method != "get" else None)


@pytest.mark.parametrize("route", API_VIEWS)
def test_every_address_of_the_api_has_its_scope(route):
    view = API_VIEWS[route].view_class

    assert issubclass(view, API)
    assert view.required_scope == SCOPES[route.rstrip("/")]


@pytest.mark.parametrize(("route", "method"), EVERYTHING)
def test_token_without_the_scope_is_403_and_told_which_one(boss, sandbox, route, method):
    scope = SCOPES[route.rstrip("/")]

    answer = ask(caller(boss, *(set(Scope) - {scope})), method, route)

    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert answer.json()["detail"].startswith(f"This token lacks the scope {scope}.")
    assert sandbox.messages() == []


@pytest.mark.parametrize(("route", "method"), EVERYTHING)
def test_token_with_the_scope_gets_in(boss, sandbox, route, method):
    answer = ask(caller(boss, SCOPES[route.rstrip("/")]), method, route)

    assert answer.status_code not in {401, 403}


@pytest.mark.parametrize(("route", "method"), EVERYTHING)
def test_token_that_was_not_limited_has_every_scope(boss, sandbox, route, method):
    _row, text = AuthToken.objects.create(boss)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")

    assert ask(client, method, route).status_code not in {401, 403}


def test_token_for_invoices_cannot_invite(boss, sandbox):
    answer = caller(boss, "messages").post(
        "/api/invitations/whatsapp/", {"phoneNumber": "+12025550100", "message": "Join me"}, format="json"
    )

    assert answer.status_code == 403
    assert sandbox.messages() == []


def test_command_makes_a_token_with_these_scopes_and_prints_nothing_else(boss):
    out, err = StringIO(), StringIO()

    call_command("create_api_token", "boss", "--scope", "messages", "--scope", "invitations", stdout=out, stderr=err)

    assert (len(out.getvalue().split()), err.getvalue()) == (1, "")
    assert TokenScopes.objects.get().scopes == ["invitations", "messages"]


def test_command_without_scopes_makes_a_token_with_all(boss):
    call_command("create_api_token", "boss", stdout=StringIO())

    assert AuthToken.objects.count() == 1
    assert not TokenScopes.objects.exists()


@pytest.mark.parametrize("word", ["message", "Messages", "", "all"])
def test_command_names_a_wrong_scope_and_makes_no_token(boss, word):
    with pytest.raises(CommandError, match=r"There is no scope .* Use invitations, messages, analytics\."):
        call_command("create_api_token", "boss", "--scope", "messages", "--scope", word)

    assert not AuthToken.objects.exists()


def test_command_says_beside_the_token_that_the_account_may_not_send_yet(inviter):
    out, err = StringIO(), StringIO()

    call_command("create_api_token", "john", "--scope", "messages", stdout=out, stderr=err)

    assert len(out.getvalue().split()) == 1
    assert "send_messages" in err.getvalue()


def test_audit_log_says_who_made_which_token(boss, admin_client):
    call_command("create_api_token", "boss", "--scope", "messages", stdout=StringIO())
    admin_client.post("/admin/knox/authtoken/add/", {"user": boss.pk, "expiry_0": "", "expiry_1": ""})

    by_command, by_hand = AuditEntry.objects.order_by("at")
    assert by_command.actor_name == "manage.py"
    assert by_command.details == {"user": boss.pk, "scopes": ["messages"]}
    assert by_hand.actor_name == "admin"
    assert by_hand.details == {"user": boss.pk, "scopes": "all"}
    assert {by_command.subject, by_hand.subject} == set(AuthToken.objects.values_list("token_key", flat=True))


def test_scopes_go_with_their_token(boss):
    caller(boss, "messages")

    AuthToken.objects.all().delete()

    assert not TokenScopes.objects.exists()


def test_admin_lists_tokens_with_their_scopes_in_as_many_queries_however_many(
    boss, admin_client, django_assert_max_num_queries
):
    AuthToken.objects.create(boss)
    for _ in range(5):
        caller(boss, "messages", "analytics")

    with django_assert_max_num_queries(8):
        page = admin_client.get("/admin/knox/authtoken/").content.decode()

    assert page.count("analytics, messages") == 5
    assert page.count(">all<") == 1


def test_admin_revokes_a_token(boss, admin_client, sandbox):
    client = caller(boss, "invitations")
    token = AuthToken.objects.get()

    admin_client.post(f"/admin/knox/authtoken/{token.pk}/delete/", {"post": "yes"})

    assert client.get("/api/invitations/").status_code == 401
