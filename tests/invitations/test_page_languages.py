"""Pages are in the reader's language; the API is in English whatever a browser asks for."""

import json

import pytest

from communications.models import ConsentRecord, Contact, ContactIdentity, Message
from invitations.models import Invitation

pytestmark = pytest.mark.django_db

SPANISH = {"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"}
FORM = {"phone_number": "+12025550100", "message": "Join me on Dott", "has_consent": "on"}


def html_of(answer):
    return answer.content.decode()


def test_browser_decides_until_somebody_chooses(dashboard, sandbox):
    assert "Invite a Business Owner" in html_of(dashboard.get("/dashboard/invite/"))
    assert "Invite a Business Owner" in html_of(dashboard.get("/dashboard/invite/", headers={"Accept-Language": "de"}))
    spanish = dashboard.get("/dashboard/invite/", headers=SPANISH)
    assert '<html lang="es">' in html_of(spanish)
    assert "Invitar a un empresario" in html_of(spanish)
    assert "Accept-Language" in spanish["Vary"]


def test_language_is_chosen_by_a_form_and_kept_in_a_cookie(dashboard, sandbox):
    path = "/dashboard/invitations/?status=failed&q=maria"

    page = html_of(dashboard.get(path))
    answer = dashboard.post("/i18n/setlang/", {"language": "es", "next": path})

    assert 'action="/i18n/setlang/"' in page
    assert '<button class="link-button" name="language" value="es" lang="es">Español</button>' in page
    assert answer["Location"] == path
    assert answer.cookies["django_language"]["httponly"]
    assert "Ninguna invitación es así" in html_of(dashboard.get(path, headers={"Accept-Language": "en"}))


def test_language_leads_to_no_other_site(client, db):
    answer = client.post("/i18n/setlang/", {"language": "es", "next": "https://elsewhere.example/"})

    assert answer["Location"] == "/"


def test_refusals_and_failures_are_said_in_spanish(dashboard, sandbox):
    wrong = html_of(dashboard.post("/dashboard/invite/", FORM | {"phone_number": "0202 555"}, headers=SPANISH))
    verdict = dashboard.post("/dashboard/invite/verdict/", {"phone_number": "+34612345678"}, headers=SPANISH)
    refused = html_of(dashboard.post("/dashboard/invite/", FORM | {"phone_number": "+12025550130"}, headers=SPANISH))

    assert "Empiece con + y el prefijo de país" in wrong
    assert "España" in html_of(verdict)
    assert "No se pudo enviar el mensaje de WhatsApp" in refused
    assert "El equipo de Dott tiene que arreglarlo." in refused


def test_what_was_stored_in_english_is_said_in_spanish(dashboard, sandbox):
    dashboard.post("/dashboard/invite/", FORM | {"phone_number": "+12025550108"})
    message = Message.objects.get()

    page = html_of(dashboard.get(f"/dashboard/invitations/{Invitation.objects.get().pk}/", headers=SPANISH))

    assert "It may have been sent." in message.failure_detail
    assert "Es posible que se haya enviado." in page
    assert "It may have been sent" not in page


def test_consent_is_kept_in_the_words_that_were_read(dashboard, sandbox, invite):
    dashboard.post("/dashboard/invite/", FORM, headers=SPANISH)
    invite("+12025550101", consent=True, headers=SPANISH)

    by_page, by_api = ConsentRecord.objects.order_by("pk")
    assert by_page.text == "El destinatario aceptó que se le contacte por WhatsApp sobre esta invitación."
    assert by_api.text == "The recipient agreed to be contacted over WhatsApp about this invitation."


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", "/api/invitations/whatsapp/", {}),
        ("post", "/api/invitations/whatsapp/", {"phoneNumber": "0202", "message": "x"}),
        ("post", "/api/invitations/whatsapp/", {"phoneNumber": "+12025550130", "message": "Join me"}),
        ("post", "/api/invitations/whatsapp/preview/", {"phoneNumber": "+12025550100", "message": "Join me"}),
        ("post", "/api/messages/whatsapp/", {"type": "text"}),
        ("get", "/api/invitations/", None),
        ("get", "/api/invitations/nobody/", None),
        ("get", "/api/analytics/?from=yesterday", None),
        ("delete", "/api/invitations/", None),
    ],
)
def test_api_says_the_same_whatever_language_is_asked_for(api, sandbox, method, path, body):
    content = {"data": json.dumps(body), "content_type": "application/json"} if body is not None else {}
    api.cookies["django_language"] = "es"

    english = getattr(api, method)(path, **content)
    Invitation.objects.all().delete()
    spanish = getattr(api, method)(path, **content, headers=SPANISH)

    ours = {"invitationId", "fbtraceId"}
    told = [{k: v for k, v in each.json().items() if k not in ours} for each in (english, spanish)]
    assert told[0] == told[1]
    assert "Content-Language" not in spanish
    assert "Accept-Language" not in spanish.get("Vary", "")


def test_api_without_a_token_is_refused_in_english(client, db):
    english = client.get("/api/invitations/")
    spanish = client.get("/api/invitations/", headers=SPANISH)

    assert english.json() == spanish.json()


def test_opted_out_person_is_told_of_in_spanish(dashboard, sandbox):
    person = Contact.objects.create(opted_out_at="2026-01-01T00:00Z")
    person.identities.create(kind=ContactIdentity.Kind.PHONE, value="+12025550100", evidence="test")

    page = html_of(dashboard.post("/dashboard/invite/", FORM, headers=SPANISH))

    assert "Esta persona ha pedido no recibir mensajes de WhatsApp" in page
    assert "escribiendo START si escribió STOP" in page
