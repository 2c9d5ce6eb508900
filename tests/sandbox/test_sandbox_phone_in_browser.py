"""The phone in a real browser."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import Sandbox
from tests.sandbox.client import message, post, text_to
from tests.sandbox.receiver import WebhookReceiver

PHONE = "+13855007716"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

pytestmark = [pytest.mark.browser, pytest.mark.skipif(not CHROMIUM, reason="needs Chromium")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright")
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    opened = browser.new_page(viewport={"width": 390, "height": 780})
    opened.set_default_timeout(20_000)
    yield opened
    opened.close()


def test_person_replies_and_presses_stop(connected: Sandbox, receiver: WebhookReceiver, page: Any) -> None:
    post(connected.url, text_to(PHONE))
    connected.wait_idle()
    page.goto(connected.url)

    page.get_by_label("Reply as this person").fill("Sounds good")
    page.get_by_role("button", name="Send").click()
    page.locator(".from-person .text", has_text="Sounds good").wait_for()
    connected.wait_idle()
    page.get_by_role("button", name="STOP").click()
    page.locator(".from-person .text", has_text="STOP").wait_for()

    connected.wait_idle()
    assert receiver.replies == ["Sounds good", "STOP"]


def test_message_appears_by_itself_and_is_read_aloud_in_words(sandbox: Sandbox, page: Any) -> None:
    page.goto(sandbox.url)

    post(sandbox.url, text_to(PHONE, "Here I am"))

    page.locator(".from-business .text", has_text="Here I am").wait_for()
    page.locator(".status .word", has_text="Read").wait_for()


def interactive(kind: str, action: dict[str, Any]) -> dict[str, Any]:
    return message(PHONE, "interactive", {"type": kind, "body": {"text": "Choose"}, "action": action})


def test_person_presses_a_button_and_a_row_of_a_list(connected: Sandbox, receiver: WebhookReceiver, page: Any) -> None:
    replies = [{"type": "reply", "reply": {"id": name, "title": name}} for name in ("Yes", "No")]
    rows = [{"id": name, "title": name} for name in ("Nine", "Ten")]
    post(connected.url, interactive("button", {"buttons": replies}))
    post(connected.url, interactive("list", {"button": "See times", "sections": [{"rows": rows}]}))
    connected.wait_idle()
    page.goto(connected.url)

    page.get_by_role("button", name="Yes").click()
    page.locator(".from-person .text", has_text="Yes").wait_for()
    page.get_by_role("button", name="See times").click()
    page.get_by_role("button", name="Ten").click()
    page.locator(".from-person .text", has_text="Ten").wait_for()

    connected.wait_idle()
    answers = [item["interactive"] for update in receiver.received for item in update.value().get("messages", [])]
    assert [told[told["type"]]["id"] for told in answers] == ["Yes", "Ten"]
    assert not page.locator(".sheet").is_visible()


@pytest.mark.parametrize("width", [390, 1280])
def test_page_fits_its_window_and_breaks_no_rule_of_its_own(sandbox: Sandbox, page: Any, width: int) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_viewport_size({"width": width, "height": 800})
    long = "https://dott.example/" + "x" * 300
    post(sandbox.url, text_to(PHONE, long))
    sandbox.receive("image", PHONE, caption="Look")
    sandbox.receive("location", PHONE, name="x" * 80)
    for kind in ("image", "video", "audio", "document", "sticker"):
        post(sandbox.url, message(PHONE, kind, {"link": long}))

    page.goto(sandbox.url)

    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert complaints == []
