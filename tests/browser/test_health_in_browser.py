"""The health page in a real browser: readable for everybody, on a phone and on paper, light or dark; its buttons."""

import pytest

from communications import channel

pytestmark = [pytest.mark.browser, pytest.mark.any_database, pytest.mark.django_db(transaction=True)]

PAGE = "/dashboard/health/"
BROKEN = {"can_send_message": "BLOCKED", "subscribed": False, "quality_rating": "YELLOW"}


@pytest.fixture
def open_health(sandbox, inviter, sign_in):
    """Open the page as staff, with something green, amber and red on it."""
    inviter.is_staff = True
    inviter.save()
    sandbox.set_account(**BROKEN)

    def open_health(**options):
        page = sign_in(**options)
        page.goto(PAGE)
        return page

    return open_health


def test_line_is_reached_from_the_list_of_what_needs_somebody_by_keyboard(open_health, expect):
    page = open_health()
    link = page.get_by_role("link", name="Payment method", exact=True)
    link.focus()

    page.keyboard.press("Enter")

    expect(page.locator("#payment")).to_be_in_viewport()
    assert page.url.endswith("#payment")


def test_buttons_put_right_what_they_can(open_health, expect, settings):
    channel.pause(settings.WHATSAPP_PHONE_NUMBER_ID, "sandbox-token", meta_code=131042)
    page = open_health()

    with page.expect_navigation():
        page.get_by_role("button", name="Resume the number").click()
    expect(page.get_by_role("status")).to_contain_text("The number sends again.")
    with page.expect_navigation():
        page.get_by_role("button", name="Subscribe our app").click()

    expect(page.locator("#subscribed")).to_contain_text("Our app is subscribed")


def test_sync_tells_what_it_did_without_script_too(open_health, expect, settings):
    settings.PUBLIC_BASE_URL = "https://dott.example"
    page = open_health(java_script_enabled=False)

    page.get_by_role("button", name="Sync templates").click()

    expect(page.get_by_role("heading", name="What the sync did")).to_be_visible()
