"""Real Chromium against the real application; where either is missing, each test is skipped and says why."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

LAUNCH_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for path in map(shutil.which, names) if path), None)


@pytest.fixture(scope="package")
def chromium(live_server: Any) -> Iterator[Any]:
    """Ends with this package: Playwright keeps an event loop in the thread, which other tests must not meet.

    Django takes that loop for async code, in which the database is forbidden; the tests themselves are not async.
    """
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    executable = find_chromium()
    if executable is None:
        pytest.skip("there is no Chromium on this machine")
    with pytest.MonkeyPatch.context() as environment, playwright.sync_playwright() as driver:
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = driver.chromium.launch(executable_path=executable, args=LAUNCH_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def expect(chromium: Any) -> Callable[..., Any]:
    """Playwright's assertions, which wait."""
    from playwright.sync_api import expect

    return expect


@pytest.fixture
def open_page(chromium: Any, live_server: Any, transactional_db: None) -> Iterator[Callable[..., Any]]:
    """Open pages of a new visitor each; afterwards no page may have complained or asked another host."""
    contexts: list[Any] = []
    complaints: list[str] = []

    def note_console(message: Any) -> None:
        # Chromium reports each answer of 400 and above, which is what those pages are meant to give.
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    def note_request(request: Any) -> None:
        if not request.url.startswith(live_server.url):
            complaints.append(f"asked {request.url}")

    def note_answer(response: Any) -> None:
        if response.request.resource_type != "document" and response.status >= 400:
            complaints.append(f"{response.status} for {response.url}")

    def open_page(**options: Any) -> Any:
        context = chromium.new_context(base_url=live_server.url, **options)
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", note_console)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", note_request)
        page.on("response", note_answer)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def sign_in(open_page: Callable[..., Any], live_server: Any, inviter: Any, client: Client) -> Callable[..., Any]:
    """Open the invitation form as the inviter."""

    def sign_in(**options: Any) -> Any:
        client.force_login(inviter)
        page = open_page(**options)
        cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
        page.context.add_cookies([cookie])
        page.goto("/dashboard/invite/")
        return page

    return sign_in


@pytest.fixture
def live_webhooks(sandbox: Any, live_server: Any, transactional_db: None) -> Iterator[Any]:
    """Meta reports each step to the running application, a moment apart."""
    sandbox.configure(webhook_url=f"{live_server.url}/api/webhooks/whatsapp/", delay_ms=100)
    yield sandbox
    sandbox.wait_idle()
