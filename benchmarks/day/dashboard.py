"""People at the dashboard: they sign in, write, look at the verdict, send, and look what became of it."""

import html
import re
import time
from typing import Any

from locust import task

from benchmarks.day import world
from benchmarks.day.answers import TURNED_AWAY, CookiesWithoutTLS, judge
from benchmarks.day.callers import Caller

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_POLLED = re.compile(r'hx-get="([^"]+)"')
_SHOWN = re.compile(r'name="shown" value="([^"]+)"')
_HTMX = {"HX-Request": "true"}
_WORDS = [
    "Join me on Dott!",
    "Hello! We run our invoices with Dott, and you could too.\n\nShall I show you?",
    "Hola ¿qué tal?",
]


class AtTheDashboard(Caller):
    """Signs in once, as people do in the morning."""

    abstract = True
    host = world.plan.web
    pause = (4.0, 12.0)

    def on_start(self) -> None:
        self.client.cookies = CookiesWithoutTLS()
        self.sign_in(world.name())

    def sign_in(self, name: str) -> None:
        token = self.token_of(self.client.get("/accounts/login/", name="page: sign in").text)
        form = {"username": name, "password": world.plan.password, "csrfmiddlewaretoken": token}
        self.post("/accounts/login/", form, "form: sign in", 302)

    def post(self, path: str, form: dict[str, Any], name: str, *expected: int, **more: Any) -> Any:
        told = {"data": form, "name": name, "allow_redirects": False, "catch_response": True, **more}
        with self.client.post(path, **told) as answer:
            judge(answer, *expected, refusals=TURNED_AWAY)
        return answer

    def look(self, path: str, name: str, **more: Any) -> Any:
        with self.client.get(path, name=name, catch_response=True, **more) as answer:
            judge(answer, 200, 204)
        return answer

    def token_of(self, page: str) -> str:
        found = _TOKEN.search(page or "")
        return found[1] if found else ""


class Inviter(AtTheDashboard):
    """Invites by the form; looks at the list and at the figures now and then."""

    weight = 8
    invitation = ""

    @task(4)
    def invite(self) -> None:
        page = self.look("/dashboard/invite/", "page: invite").text
        form = {
            "phone_number": "", "recipient_name": "Zoë", "company_name": "Müller & Söhne", "message": "",
            "include_link": "on", "sender_name": "Ada", "sender_email": "ada@example.com", "has_consent": "on",
            "csrfmiddlewaretoken": self.token_of(page),
        }  # fmt: skip
        number, words = world.number(special=0.02), world.random.choice(_WORDS)
        shown = ""
        for typed, written in ((number[:5], ""), (number, words[:8]), (number, words)):
            form |= {"phone_number": typed, "message": written, "shown": shown}
            verdict = self.post("/dashboard/invite/verdict/", form, "htmx: verdict", 200, headers=_HTMX)
            found = _SHOWN.search(verdict.text or "")
            shown = found[1] if found else ""
        sent = self.post("/dashboard/invite/", form, "form: invite", 302)
        if sent.status_code == 302:
            self.invitation = sent.headers["Location"]
            self.follow()

    @task(2)
    def follow(self) -> None:
        """The page of an invitation asks for its status until nothing more can come."""
        if not self.invitation:
            return
        page = self.look(self.invitation, "page: invitation").text
        for _ in range(3):
            found = _POLLED.search(page or "")
            if not found:
                break
            time.sleep(world.pause(1, 3))
            page = self.look(html.unescape(found[1]), "htmx: status", headers=_HTMX).text or page

    @task(2)
    def look_at_the_list(self) -> None:
        page = self.look("/dashboard/invitations/", "page: invitations").text
        found = _POLLED.search(page or "")
        if found:
            self.look(html.unescape(found[1]), "htmx: changes in the list", headers=_HTMX)
        self.look("/dashboard/invitations/?q=zo", "page: search")

    @task(1)
    def look_at_the_figures(self) -> None:
        self.look("/dashboard/analytics/", "page: analytics")


class Office(AtTheDashboard):
    """Sees everybody's invitations, the lists, and whether all is well."""

    fixed_count = 1

    def on_start(self) -> None:
        self.client.cookies = CookiesWithoutTLS()
        self.sign_in(world.plan.office)

    @task
    def look_around(self) -> None:
        pages = {
            "/dashboard/invitations/": "page: everybody's invitations",
            "/dashboard/analytics/": "page: everybody's analytics",
            "/dashboard/batches/": "page: lists",
            "/dashboard/health/": "page: health",
            "/admin/communications/message/": "page: messages in the admin",
            "/admin/communications/webhookevent/": "page: webhooks in the admin",
        }
        for path, name in pages.items():
            self.look(path, name)
            time.sleep(world.pause(1, 5))
