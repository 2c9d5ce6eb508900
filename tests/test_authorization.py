"""Who gets what: every address times method times caller times object, with the answer that is expected.

An address that is not in a table fails here, and so does a line whose address is gone. Each number is a status; `login`
leads to the sign-in. 400, 409 and 503 were let in, and then told what is missing. A method
without a line is refused.

Of the columns, `nobody` has not signed in; `owner` asks for what is theirs, and has every permission that is not
staff's; `plain` asks for what is theirs and has none; `stranger` has the owner's permissions and asks for what is the
owner's; `lost` is the owner and asks for what does not exist; `staff` and `boss`, a superuser, ask for what is the
owner's; `token` is the owner's, without the scope.
"""

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, get_resolver
from django.utils import timezone
from knox.models import AuthToken

from communications import contacts, readiness
from communications.api import scopes
from communications.models import Message, Status
from communications.phone_numbers import parse
from invitations.models import Invitation, InvitationBatch, InvitationMessage

ROLES = ("nobody", "owner", "plain", "stranger", "lost", "staff", "boss", "token")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
NO_SUCH_ID = str(uuid4())

TABLE = """
address                                     method  nobody owner plain stranger lost staff boss token
api/analytics/                              GET     401    200   200   200      .    200   200  403
api/invitations/                            GET     401    200   200   200      .    200   200  403
api/invitations/{id}/                       GET     401    200   200   404      404  200   200  403
api/invitations/{id}/resend/                POST    401    409   409   404      404  409   409  403
api/invitations/{id}/revoke/                POST    401    200   200   404      404  200   200  403
api/invitations/whatsapp/                   POST    401    400   400   400      .    400   400  403
api/invitations/whatsapp/preview/           POST    401    400   400   400      .    400   400  403
api/invitations/whatsapp/bulk/              POST    401    400   403   400      .    403   400  403
api/invitations/batches/                    GET     401    200   200   200      .    200   200  403
api/invitations/batches/{id}/               GET     401    200   200   404      404  200   200  403
api/invitations/batches/{id}/report/        GET     401    200   200   404      404  200   200  403
api/invitations/batches/{id}/start/         POST    401    409   403   404      404  403   409  403
api/invitations/batches/{id}/resume/        POST    401    409   403   404      404  403   409  403
api/invitations/batches/{id}/pause/         POST    401    409   409   404      404  409   409  403
api/invitations/batches/{id}/cancel/        POST    401    200   200   404      404  200   200  403
api/messages/whatsapp/                      POST    401    400   403   400      .    403   400  403
api/messages/{id}/                          GET     401    200   200   404      404  200   200  403
api/schema/                                 GET     200    200   200   200      .    200   200  200
api/docs/                                   GET     200    200   200   200      .    200   200  200
api/webhooks/whatsapp/                      GET     403    403   403   403      .    403   403  403
api/webhooks/whatsapp/                      POST    401    401   401   401      .    401   401  401
dashboard/invite/                           GET     login  200   200   200      .    200   200  login
dashboard/invite/                           POST    login  400   400   400      .    400   400  login
dashboard/invite/by-hand/                   POST    login  400   400   400      .    400   400  login
dashboard/invite/verdict/                   POST    login  200   200   200      .    200   200  login
dashboard/invitations/                      GET     login  200   200   200      .    200   200  login
dashboard/invitations/changes/              GET     login  204   204   204      .    204   204  login
dashboard/invitations/{id}/                 GET     login  200   200   404      404  200   200  login
dashboard/invitations/{id}/status/          GET     login  200   200   404      404  200   200  login
dashboard/invitations/{id}/resend/          POST    login  302   302   404      404  302   302  login
dashboard/invitations/{id}/remind/          POST    login  302   302   404      404  302   302  login
dashboard/invitations/{id}/revoke/          POST    login  302   302   404      404  302   302  login
dashboard/invitations/{id}/webhooks/        GET     login  403   403   403      403  200   200  login
dashboard/batches/                          GET     login  200   200   200      .    200   200  login
dashboard/batches/new/                      GET     login  200   403   200      .    403   200  login
dashboard/batches/new/                      POST    login  400   403   400      .    403   400  login
dashboard/batches/new/words/                POST    login  200   200   200      .    200   200  login
dashboard/batches/{id}/                     GET     login  200   200   404      404  200   200  login
dashboard/batches/{id}/status/              GET     login  login login 404      404  login login login
dashboard/batches/{id}/report/              GET     login  200   200   404      404  200   200  login
dashboard/batches/{id}/start/               POST    login  302   302   404      404  302   302  login
dashboard/batches/{id}/pause/               POST    login  302   302   404      404  302   302  login
dashboard/batches/{id}/resume/              POST    login  302   302   404      404  302   302  login
dashboard/batches/{id}/cancel/              POST    login  302   302   404      404  302   302  login
dashboard/analytics/                        GET     login  200   200   200      .    200   200  login
dashboard/health/                           GET     login  403   403   403      .    200   200  login
dashboard/health/check/                     POST    login  403   403   403      .    302   302  login
dashboard/health/resume/                    POST    login  403   403   403      .    302   302  login
dashboard/health/subscribe/                 POST    login  403   403   403      .    302   302  login
dashboard/health/templates/                 POST    login  403   403   403      .    200   200  login
i/{token}/                                  GET     200    200   200   200      404  200   200  200
i/{token}/                                  POST    200    200   200   200      404  200   200  200
accounts/login/                             GET     200    302   302   302      .    302   302  200
accounts/login/                             POST    200    302   302   302      .    302   302  200
accounts/login/                             PUT     200    302   302   302      .    302   302  200
accounts/login/                             PATCH   405    302   302   302      .    302   302  405
accounts/login/                             DELETE  405    302   302   302      .    302   302  405
accounts/logout/                            POST    302    302   302   302      .    302   302  302
i18n/setlang/                               any     302    302   302   302      .    302   302  302
/                                           any     302    302   302   302      .    302   302  302
metrics                                     GET     401    401   401   401      .    401   401  401
healthz                                     GET     200    200   200   200      .    200   200  200
readyz                                      GET     200    200   200   200      .    200   200  200
"""

# What staff see there is said by their permissions, and this one has none. `{id}` is nobody's: the history of that is
# looked for before anything else, and the page that leads to its change only leads on.
ADMIN = """
address                                     method  nobody owner staff
admin/                                      GET     login  login 200
admin/login/                                GET     200    200   302
admin/login/                                POST    200    200   200
admin/logout/                               POST    302    302   302
admin/password_change/                      GET     login  login 200
admin/password_change/done/                 GET     login  login 200
admin/autocomplete/                         GET     login  login 403
admin/jsi18n/                               GET     login  login 200
admin/r/{id}/{id}/                          GET     login  login 404
admin/{app}/                                GET     login  login 404
admin/{app}/{model}/                        GET     login  login 403
admin/{app}/{model}/                        POST    login  login 403
admin/{app}/{model}/add/                    POST    login  login 403
admin/{app}/{model}/{id}/                   GET     login  login 302
admin/{app}/{model}/{id}/change/            GET     login  login 403
admin/{app}/{model}/{id}/change/            POST    login  login 403
admin/{app}/{model}/{id}/delete/            POST    login  login 403
admin/{app}/{model}/{id}/history/           GET     login  login 302
admin/{app}/{model}/{id}/file/              GET     login  login 403
admin/{app}/{model}/{id}/password/          GET     login  login 403
admin/{app}/{model}/{id}/password/          POST    login  login 403
admin/{anything else}                       GET     login  login 404
"""


Answers = dict[tuple[str, str], dict[str, str]]


def read(table: str) -> Answers:
    """For each address and method, what each caller is answered. Columns are two spaces apart."""
    head, *lines = (re.split(r"\s{2,}", line) for line in table.strip().splitlines())
    roles = [role for cell in head[1:] for role in cell.split()][1:]
    answers = {}
    for address, *cells in lines:
        method, *told = (word for cell in cells for word in cell.split())
        for each in METHODS if method == "any" else [method]:
            answers[address, each] = dict(zip(roles, told, strict=True))
    return answers


def patterns(resolver: Any, before: str = "") -> Iterator[str]:
    for each in resolver.url_patterns:
        here = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from patterns(each, here)
        else:
            yield here


def address_of(pattern: str) -> str:
    """How the tables write it."""
    models = "|".join(f"{each._meta.app_label}/{each._meta.model_name}" for each in admin.site._registry)
    address = re.sub(f"^admin/({models})/", "admin/{app}/{model}/", pattern)
    address = re.sub(r"\^?\(\?P<app_label>.*\)/\$$", "{app}/", address).replace("(?P<url>.*)$", "{anything else}")
    address = re.sub(r"<(?:str:)?token>", "{token}", address)
    address = re.sub(r"<[^>]+>", "{id}", address)
    return f"{address.rstrip('/')}/" if address.startswith(("api/", "i/")) else address or "/"


EVERYWHERE = {**read(TABLE), **read(ADMIN)}
PATTERNS = [*patterns(get_resolver()), *(path[1:] for path in readiness.PATHS)]


class World:
    """Two people with an invitation, a list and a message each; and everybody who may ask for them."""

    def __init__(self) -> None:
        self.users = {
            role: User.objects.create_user(role, password="correct horse")
            for role in ("owner", "plain", "stranger", "staff")
        }
        User.objects.filter(username="staff").update(is_staff=True)
        self.users["boss"] = User.objects.create_superuser("boss", password="correct horse")
        granted = Permission.objects.filter(codename__in=["send_messages", "invite_in_bulk"])
        for role in ("owner", "stranger"):
            self.users[role].user_permissions.set(granted)
        self.owners = self._things_of(self.users["owner"], "+12025550100")
        self.plains = self._things_of(self.users["plain"], "+12025550101")
        self.nothing = dict.fromkeys(self.owners, NO_SUCH_ID) | {"token": "x" * 22}
        self.clients = {role: self._client(role) for role in ROLES}

    def _things_of(self, user: Any, number: str) -> dict[str, str]:
        contact = contacts.create_by_phone(parse(number), evidence="test")
        message = Message.objects.create(
            contact=contact, phone_number_id="676188225586230", to_number=number, kind="text", text="Join me",
            content={"text": {"body": "Join me"}}, status=Status.DELIVERED, requested_by=user,
        )  # fmt: skip
        invitation = Invitation.objects.create(
            inviter=user, contact=contact, phone_number=number, message="Join me", newest_message=message,
            last_sent_at=timezone.now(),
        )  # fmt: skip
        InvitationMessage.objects.create(invitation=invitation, message=message, sent_by=user)
        batch = InvitationBatch.objects.create(inviter=user, name="Spring fair", message="Join me", source="api")
        return {
            "invitations": str(invitation.pk),
            "batches": str(batch.pk),
            "messages": str(message.pk),
            "token": invitation.token,
        }

    def _client(self, role: str) -> Client:
        client = Client()
        if role == "token":
            token, text = AuthToken.objects.create(self.users["owner"])
            scopes.limit(token, [])
            client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {text}"
        elif role != "nobody":
            client.force_login(self.users["owner" if role == "lost" else role])
        return client

    def ask(self, role: str, method: str, pattern: str, **extra: Any) -> str:
        """Ask, take back what the request changed, and say what was answered."""
        things = {"plain": self.plains, "lost": self.nothing}.get(role, self.owners)
        kind = next((each for each in ("batches", "messages", "invitations") if f"/{each}/" in f"/{pattern}"), "token")
        path = "/" + re.sub(r"<(?:str:)?token>", things["token"], pattern)
        path = re.sub(r"\^?\(\?P<app_label>.*\)/\$$", "communications/", path).replace("(?P<url>.*)$", "nothing/")
        path = re.sub(r"<int:pk>", "1", path)
        path = re.sub(r"<[^>]+>", NO_SUCH_ID if path.startswith("/admin/") else things[kind], path)
        body = (
            {"content_type": "application/json", "data": "{}"} if path.startswith("/api/") and method != "GET" else {}
        )
        client = self.clients[role]
        cookies = client.cookies.copy()
        with transaction.atomic():
            answer = getattr(client, method.lower())(path, **body, **extra)
            transaction.set_rollback(True)
        client.cookies = cookies
        return told(answer)


def told(answer: Any) -> str:
    leads_away = answer.status_code == 302 and "/login/?next=" in answer["Location"]
    shown = {template.name for template in getattr(answer, "templates", [])}
    if leads_away or "HX-Refresh" in answer or "invitations/_signed_out.html" in shown:
        return "login"
    return str(answer.status_code)


@pytest.fixture
def world(db: None, sandbox: Any, settings: Any) -> World:
    settings.METRICS_TOKEN = "for Prometheus alone"
    return World()


def test_every_address_stands_in_a_table_and_every_line_has_an_address():
    there, listed = set(map(address_of, PATTERNS)), {address for address, _method in EVERYWHERE}

    assert (sorted(there - listed), sorted(listed - there)) == ([], [])


@pytest.mark.parametrize("role", ROLES)
def test_everybody_gets_what_the_table_says(world, role):
    wrong = [
        f"{method} {pattern}: {answer}, not {expected}"
        for pattern in PATTERNS
        for method in METHODS
        if (expected := EVERYWHERE.get((address_of(pattern), method), {}).get(role, ".")) != "."
        if (answer := world.ask(role, method, pattern)) != expected
    ]

    assert wrong == []


@pytest.mark.parametrize("role", ["nobody", "boss"])
def test_method_without_a_line_is_taken_from_nobody(world, role):
    refused = {"401", "403", "404", "405", "login"}

    taken = [
        f"{method} {pattern}: {answer}"
        for pattern in PATTERNS
        if not pattern.startswith("admin/")
        for method in METHODS
        if (address_of(pattern), method) not in EVERYWHERE
        if (answer := world.ask(role, method, pattern)) not in refused
    ]

    assert taken == []


def test_every_form_of_a_page_needs_its_token(world):
    """Without it another site could send the form in somebody's name. The API is held by `test_authentication.py`."""
    world.clients["boss"].handler.enforce_csrf_checks = True
    forms = [
        pattern
        for pattern in PATTERNS
        if (address_of(pattern), "POST") in EVERYWHERE and not pattern.startswith("api/")
    ]

    taken = [f"{pattern}: {answer}" for pattern in forms if (answer := world.ask("boss", "POST", pattern)) != "403"]

    assert len(forms) > 20
    assert taken == []


@pytest.mark.parametrize("length", ["104857601", "1" * 30])
def test_body_of_a_hundred_megabytes_is_refused_everywhere_before_it_is_read(world, length):
    """By what the request declares: the rest is never sent. A body that declares nothing is none to this server."""
    doors = [pattern for pattern in PATTERNS if (address_of(pattern), "POST") in EVERYWHERE]
    # A model of the admin has the same doors as the others.
    doors = [door for door in doors if not door.startswith("admin/") or door.startswith("admin/auth/user/")]

    taken = [
        f"{door}: {answer}"
        for door in doors
        if (answer := world.ask("boss", "POST", door, CONTENT_LENGTH=length)) != "413"
    ]

    assert len(doors) > 40
    assert taken == []
