"""Other services of Dott at the REST API: each request with a token, each message with a key of its own."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from locust import task

from benchmarks.day import world
from benchmarks.day.answers import TURNED_AWAY, judge
from benchmarks.day.callers import Caller

_MESSAGES = "/api/messages/whatsapp/"
_INVITATIONS = "/api/invitations/whatsapp/"
# Nobody fetches it; a name would have to be one that exists.
_LINK = "https://93.184.215.14/"


def bodies() -> list[dict[str, Any]]:
    """One of each kind that needs no message to answer."""
    buttons = [{"id": "yes-42", "title": "Yes"}, {"id": "no-42", "title": "No"}]
    rows = [{"id": "mon-9", "title": "9:00", "description": "by Ann"}, {"id": "mon-10", "title": "10:00"}]
    price = {"value": "250.00", "currency": "USD"}
    invoice = {
        "name": "Maria",
        "invoice_number": "INV-1024",
        "amount": price,
        "url": "https://pay.example.com/inv-1024",
    }
    visit = {"with_whom": "Dr. Silva", "date": {"date": "2027-03-03"}, "time": {"time": "10:30"}, "location": "12 Main"}
    return [
        {"type": "template", "template": "invoice_notification", "fields": invoice},
        {"type": "template", "template": "appointment_reminder", "fields": visit},
        {"type": "text", "text": "Your parcel is at the door. 📦"},
        {"type": "image", "link": f"{_LINK}map.png", "caption": "The way to us"},
        {"type": "document", "link": f"{_LINK}1024.pdf", "filename": "Invoice 1024.pdf"},
        {"type": "buttons", "body": "Will you come tomorrow at 9?", "buttons": buttons},
        {
            "type": "list",
            "body": "When may we call?",
            "button": "Times",
            "sections": [{"title": "Monday", "rows": rows}],
        },
        {"type": "link", "body": "Your invoice is ready.", "label": "View", "url": "https://pay.example.com/inv-1024"},
        {"type": "location", "latitude": 40.2338, "longitude": -111.6585, "name": "Dott"},
        {"type": "location_request", "body": "Where shall we pick it up?"},
    ]


class Program(Caller):
    """Sends invitations and messages of every kind, reads what became of them, repeats itself now and then."""

    weight = 6
    host = world.plan.web
    pause = (1.0, 4.0)

    def on_start(self) -> None:
        self.kinds = bodies()

    @task(4)
    def invite(self) -> None:
        body = {"phoneNumber": world.number(), "message": "Join me on Dott!", "senderName": "Ada", "consent": True}
        self.call("api: preview", f"{_INVITATIONS}preview/", body, 200, remembers=False)
        answer = self.call("api: invite", _INVITATIONS, body | {"includeLink": True}, 200)
        if answer:
            self.read("api: invitation", f"/api/invitations/{answer['invitationId']}/")

    @task(6)
    def send(self) -> None:
        body = {"phoneNumber": world.number(), **world.random.choice(self.kinds)}
        answer = self.call(f"api: send {body['type']}", _MESSAGES, body, 200)
        if answer:
            self.read("api: message", f"/api/messages/{answer['id']}/")

    @task(2)
    def send_later(self) -> None:
        at = datetime.now(UTC) + timedelta(seconds=world.random.uniform(15, 40))
        body = {"phoneNumber": world.number(), "type": "text", "text": "Good morning!", "sendAt": at.isoformat()}
        self.call("api: send later", _MESSAGES, body, 202)

    @task(2)
    def read_lists(self) -> None:
        self.token = world.token()
        self.read("api: invitations", "/api/invitations/")
        self.read("api: analytics", "/api/analytics/")

    @task(1)
    def ask_for_nonsense(self) -> None:
        """Programs have faults too."""
        self.call("api: wrong number", _INVITATIONS, {"phoneNumber": "12", "message": "Hi"}, 400, remembers=False)
        self.call("api: wrong kind", _MESSAGES, {"phoneNumber": "+13855007716", "type": "fax"}, 400, remembers=False)

    def call(
        self, name: str, path: str, body: dict[str, Any], expected: int, *, remembers: bool = True
    ) -> dict[str, Any]:
        """Post `body` once or, now and then, twice with the same key; return the answer if it is the `expected` one."""
        self.token = world.token()
        key = {"Idempotency-Key": secrets.token_hex(12)} if remembers else {}
        first = self.post(name, path, body, key, expected)
        if first and remembers and world.random.random() < 0.1:
            again = self.post(f"{name}, again", path, body, key, expected)
            if again and again != first:
                raise RuntimeError(f"The same key was answered {first}, then {again}.")
        if first and remembers:
            self.remember(first)
        return first

    def post(self, name: str, path: str, body: dict[str, Any], key: dict[str, str], expected: int) -> dict[str, Any]:
        told = {"json": body, "headers": {**self.signed(), **key}, "name": name, "catch_response": True}
        with self.client.post(path, **told) as answer:
            found: dict[str, Any] = answer.json() if judge(answer, expected, refusals=TURNED_AWAY) else {}
        return found

    def read(self, name: str, path: str) -> None:
        with self.client.get(path, headers=self.signed(), name=name, catch_response=True) as answer:
            judge(answer, 200)

    def signed(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def remember(self, answer: dict[str, Any]) -> None:
        if answer["status"] == "queued":
            world.queued.append(answer["id"])
        else:
            world.accepted[answer["messageId"]] = answer.get("id") or answer["invitationId"]

    token = ""
