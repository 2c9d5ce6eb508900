"""Who may call: Bearer tokens, sessions, forwarded cookies; and the browser on another site that may not."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken

pytestmark = pytest.mark.django_db

PATH = "/api/invitations/whatsapp/"
BODY = {"phoneNumber": "+12025550100", "message": "Join me on Dott"}


@pytest.fixture
def forwarded(inviter, sandbox):
    """A frontend API route on another server: the JSON body, the user's cookie, and no CSRF token."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(inviter)

    def post(**headers):
        return client.post(PATH, BODY, content_type="application/json", headers=headers)

    return post


def bearer(client, text):
    return client.post(PATH, BODY, content_type="application/json", headers={"Authorization": f"Bearer {text}"})


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("path", [PATH, "/api/invitations/", "/api/invitations/00000000-0000-0000-0000-000000000000/"])
def test_nobody_gets_in_without_signing_in(client, method, path):
    answer = getattr(client, method)(path, content_type="application/json")

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer.json()["code"] == "not_authenticated"


@pytest.mark.parametrize("text", ["", "wrong", "f" * 64, "F" * 64, "é" * 64, "a b", "0" * 5000])
def test_wrong_token_is_401(client, sandbox, text):
    answer = bearer(client, text)

    assert answer.status_code == 401
    assert answer.json()["code"] == "not_authenticated"


def test_token_signs_in_and_is_kept_as_a_hash(client, token, sandbox):
    assert bearer(client, token).status_code == 200
    assert token not in str(AuthToken.objects.values_list().get())


def test_expired_token_is_401(client, token, sandbox):
    AuthToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))

    assert bearer(client, token).status_code == 401


def test_revoked_token_is_401(client, token, sandbox):
    AuthToken.objects.all().delete()

    assert bearer(client, token).status_code == 401


def test_user_who_is_no_longer_active_is_401(client, token, inviter, sandbox):
    inviter.is_active = False
    inviter.save()

    assert bearer(client, token).status_code == 401


def test_forwarded_cookie_works_unchanged(forwarded):
    assert forwarded().status_code == 200


def test_node_fetch_that_adds_sec_fetch_mode_works(forwarded):
    answer = forwarded(**{"Sec-Fetch-Mode": "cors", "Referer": "https://elsewhere.example/", "User-Agent": "node"})

    assert answer.status_code == 200


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_page_of_ours_may_call(forwarded, site):
    assert forwarded(**{"Origin": "http://testserver", "Sec-Fetch-Site": site}).status_code == 200


def test_trusted_origin_may_call(forwarded, settings):
    settings.CSRF_TRUSTED_ORIGINS = ["https://app.dott.example", "https://*.partner.example"]

    assert forwarded(Origin="https://app.dott.example").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "https://testserver"},
        {"Origin": "http://testserver.elsewhere.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "anything"},
        {"Origin": "http://testserver", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_browser_on_another_site_is_403(forwarded, sandbox, headers):
    answer = forwarded(**headers)

    assert answer.status_code == 403
    assert answer.json()["code"] == "permission_denied"
    assert sandbox.messages() == []


def test_token_caller_is_not_asked_for_an_origin(client, token, sandbox):
    answer = client.post(
        PATH,
        BODY,
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}", "Origin": "https://elsewhere.example"},
    )

    assert answer.status_code == 200


def test_session_cookie_is_not_sent_along_from_other_sites(settings):
    assert settings.SESSION_COOKIE_SAMESITE == settings.CSRF_COOKIE_SAMESITE == "Lax"


def test_create_api_token_prints_one_token_and_nothing_else(client, inviter, sandbox):
    out = StringIO()

    call_command("create_api_token", "john", stdout=out)

    assert len(out.getvalue().split()) == 1
    assert bearer(client, out.getvalue().strip()).status_code == 200


def test_create_api_token_takes_days(inviter):
    call_command("create_api_token", "john", days=7, stdout=StringIO())

    token = AuthToken.objects.get()
    assert timedelta(days=6) < token.expiry - timezone.now() <= timedelta(days=7)


@pytest.mark.parametrize(("username", "days"), [("nobody", 7), ("john", 0)])
def test_create_api_token_says_what_is_wrong(inviter, username, days):
    with pytest.raises(CommandError):
        call_command("create_api_token", username, days=days)
