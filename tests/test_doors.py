"""What somebody who means harm would try: an address elsewhere, a second line, and measuring how long a no takes."""

import hmac
import secrets
from types import ModuleType

import knox.auth
import pytest
from django.test import Client

from communications import button_payloads
from communications.webhooks import screening, signature
from invitations import hand_over
from invitations.models import InvitationBatch
from tests.conftest import WEBHOOK_PATH, signature_of

pytestmark = pytest.mark.django_db

SOMEWHERE_ELSE = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "javascript:alert(1)",
    "https:evil.example",
]


@pytest.mark.parametrize("address", SOMEWHERE_ELSE)
@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/accounts/login/", {"username": "john", "password": "correct horse"}),
        ("/admin/login/", {"username": "john", "password": "correct horse"}),
        ("/accounts/logout/", {}),
        ("/i18n/setlang/", {"language": "es"}),
    ],
)
def test_next_leads_to_no_other_site(inviter, path, form, address):
    inviter.is_staff = True
    inviter.save()

    answer = Client().post(path, {**form, "next": address})

    assert answer.status_code == 302
    assert "evil" not in answer["Location"]
    assert answer["Location"].startswith("/")


def test_next_leads_on_within_this_site(inviter):
    form = {"username": "john", "password": "correct horse", "next": "/dashboard/analytics/"}

    assert Client().post("/accounts/login/", form)["Location"] == "/dashboard/analytics/"


@pytest.mark.parametrize(
    "name", ["Fair\r\nSet-Cookie: a=b", 'Fair"; filename="evil.exe', "Fair\n\n<script>", "Fête ☕"]
)
def test_name_of_a_list_stays_one_value_of_the_header(api, inviter, name):
    batch = InvitationBatch.objects.create(inviter=inviter, name=name, source="api", stage="ready")

    answer = api.get(f"/api/invitations/batches/{batch.pk}/report/")

    disposition = answer["Content-Disposition"]
    assert answer.status_code == 200
    assert disposition.startswith("attachment; filename")
    assert not set("\r\n") & set(disposition)
    assert disposition.replace('\\"', "").count('"') in {0, 2}
    assert "Set-Cookie" not in answer.headers


@pytest.fixture
def compared(monkeypatch):
    """Every pair that was compared in the same time, wherever it differs."""
    pairs = []
    compare = hmac.compare_digest

    def compare_and_tell(one, other):
        pairs.append({one, other})
        return compare(one, other)

    places: list[ModuleType] = [screening.hmac, signature.hmac, secrets, knox.auth]
    for place in places:
        monkeypatch.setattr(place, "compare_digest", compare_and_tell)
    return pairs


def knock_with_the_verify_token():
    Client().get(WEBHOOK_PATH, {"hub.mode": "subscribe", "hub.verify_token": "wrong", "hub.challenge": "1"})


def knock_with_a_signature():
    Client().post(WEBHOOK_PATH, b"{}", content_type="application/json", headers=signature_of(b"{}", "wrong"))


def press_a_button():
    button_payloads.read(button_payloads.sign("confirm")[:-1] + "!")


def sign_up_with_a_word():
    with pytest.raises(hand_over.HandOverRefused):
        hand_over.invitation_of("word:1abc:wrong")


@pytest.mark.parametrize(
    "knock", [knock_with_the_verify_token, knock_with_a_signature, press_a_button, sign_up_with_a_word]
)
def test_secret_is_compared_in_the_same_time_wherever_it_differs(sandbox, compared, knock):
    knock()

    assert compared


def test_token_is_compared_as_its_hash_in_the_same_time(client, token, compared):
    client.get("/api/invitations/", headers={"Authorization": f"Bearer {token[:15]}{'0' * 49}"})

    [pair] = compared
    assert {len(each) for each in pair} == {128}
    assert not any(token in each for each in pair)
