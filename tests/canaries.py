"""Secrets, numbers and words that would be recognised anywhere; a caller who carries them; and ears on every side."""

import logging
import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import StringIO
from typing import Any
from unittest import mock

import sentry_sdk
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.core.signals import got_request_exception
from django.test import Client
from django.views.debug import get_exception_reporter_class
from knox.models import AuthToken

from pyfactor import error_reports
from pyfactor.logs import MaskedJSON, MaskedLine, logging_config
from sandbox import Sandbox
from tests.conftest import WEBHOOK_PATH, signature_of
from tests.test_error_reports import stop_reporting

ACCESS_TOKEN = "EAAGcanaryOfTheAccessTokenZBq"
APP_SECRET = "c0ffeecanary0ftheappsecret"
VERIFY_TOKEN = "canary-of-the-verify-token"
PASSWORD = "canary of a password"
WORDS = "Canary words about the garden gate"
NUMBER = "+12025550"
# However somebody writes one of these numbers; masked, it is `+12*******00`.
NUMBERS = re.compile(r"(?<!\d)\+?1?\W{0,2}202\W{0,2}555\W{0,2}\d{4}(?!\d)")
META = {"number": "+12025550188", "words": WORDS, "token": ACCESS_TOKEN}


class Heard:
    """Everything that leaves the software beside its answers."""

    def __init__(self) -> None:
        self.json, self.lines, self.events, self.reports = StringIO(), StringIO(), [], []
        self.answers: list[tuple[str, int, str]] = []
        self.printed = StringIO()

    def logs(self) -> str:
        return self.json.getvalue() + self.lines.getvalue()

    def sentry(self) -> str:
        return "\n".join(self.events)


@contextmanager
def listening() -> Iterator[Heard]:
    """Listen at every level of every logger, in both formats, in Sentry's place, and to Django's own reports."""
    found = Heard()
    with ExitStack() as until_the_end:
        _listen_to_logs(found, until_the_end)
        _listen_in_sentrys_place(found, until_the_end)

        def report(sender: Any, request: Any = None, **kwargs: Any) -> None:
            reporter = get_exception_reporter_class(request)(request, *sys.exc_info())
            found.reports.append(reporter.get_traceback_text() + reporter.get_traceback_html())

        got_request_exception.connect(report)
        until_the_end.callback(got_request_exception.disconnect, report)
        yield found


def _listen_to_logs(found: Heard, until_the_end: ExitStack) -> None:
    formats = logging_config(as_json=True)["formatters"]
    for stream, kind, name in ((found.json, MaskedJSON, "json"), (found.lines, MaskedLine, "line")):
        arguments = {key: value for key, value in formats[name].items() if key not in {"()", "format"}}
        handler = logging.StreamHandler(stream)
        handler.setFormatter(kind(formats[name]["format"], **arguments))
        handler.addFilter(lambda record: setattr(record, "request_id", "-") is None)
        # The sandbox is not ours: it is Meta.
        handler.addFilter(lambda record: not record.name.startswith("sandbox"))
        logging.root.addHandler(handler)
        until_the_end.callback(logging.root.removeHandler, handler)
    for logger in (logging.root, *map(logging.getLogger, ("urllib3", "requests", "aiohttp", "django.request"))):
        until_the_end.callback(logger.setLevel, logger.level)
        logger.setLevel(logging.DEBUG)


def _listen_in_sentrys_place(found: Heard, until_the_end: ExitStack) -> None:
    class Transport(sentry_sdk.transport.Transport):
        def capture_envelope(self, envelope: Any) -> None:
            found.events.append(envelope.serialize().decode())

    begin = sentry_sdk.init
    with mock.patch.object(sentry_sdk, "init", lambda **options: begin(transport=Transport, **options)):
        error_reports.start("https://key@sentry.example/1", environment="test")
    until_the_end.callback(stop_reporting)


class Caller:
    """Drives the paths, and counts them."""

    def __init__(self, heard: Heard, meta: Sandbox, settings: Any) -> None:
        self.heard, self.meta, self.settings, self.driven = heard, meta, settings, Counter()
        self.user = User.objects.create_superuser("boss", "boss@example.com", PASSWORD)
        self.token = AuthToken.objects.create(self.user)[1]
        self.client = Client(raise_request_exception=False)
        self.client.force_login(self.user)
        self.stranger = Client(raise_request_exception=False)

    def ask(
        self, kind: str, method: str, path: str, data: Any = None, *, client: Client | None = None, **extra: Any
    ) -> Any:
        client = client or self.client
        if path.startswith("/api/") and client is self.stranger and "headers" not in extra:
            extra["headers"] = {"Authorization": f"Bearer {self.token}"}
        if path.startswith("/api/") and "content_type" not in extra and not extra.pop("is_form", False):
            extra["content_type"] = "application/json"
        got = getattr(client, method)(path, *([] if data is None else [data]), **extra)
        text = b"".join(got.streaming_content).decode() if got.streaming else got.content.decode()
        self.heard.answers.append((f"{method} {path}", got.status_code, text))
        self.driven[kind] += 1
        return got

    def api(self, method: str, path: str, data: Any = None, **extra: Any) -> Any:
        return self.ask("endpoints", method, path, data, client=self.stranger, **extra)

    def post_webhook(self, body: bytes, secret: str = APP_SECRET, **headers: str) -> Any:
        headers = headers or signature_of(body, secret)
        return self.ask("webhooks", "post", WEBHOOK_PATH, body, client=self.stranger, headers=headers)

    def hand_over(self) -> None:
        self.meta.wait_idle()
        for record in self.meta.webhooks():
            self.post_webhook(record.body)
        self.meta.reset()

    def command(self, name: str, *arguments: str, is_asked_for: bool = False) -> None:
        """`is_asked_for`: what it prints is the person's data or the token, which is what it is for."""
        out = StringIO()
        try:
            call_command(name, *arguments, stdout=out, stderr=out)
        except (CommandError, SystemExit) as end:
            out.write(str(end))
        self.driven["commands"] += 1
        if not is_asked_for:
            self.heard.printed.write(out.getvalue())


def found_in(text: str, *, secrets: list[str], people: bool = False) -> list[str]:
    """Each find with what stands around it."""
    finds = [match for secret in secrets for match in re.finditer(re.escape(secret), text)]
    finds += [match for pattern in (NUMBERS, re.compile(WORDS)) for match in pattern.finditer(text)] if people else []
    return sorted({text[max(0, find.start() - 150) : find.end() + 30] for find in finds})
