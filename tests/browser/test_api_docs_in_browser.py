"""/api/docs/ in a real browser, under the policy of every page: nothing inline, nothing from elsewhere."""

import pytest

from tests.described import operations

pytestmark = [pytest.mark.browser, pytest.mark.any_database, pytest.mark.django_db(transaction=True)]


def test_page_shows_every_operation_on_a_phone_in_the_dark(open_page, expect):
    page = open_page(color_scheme="dark", viewport={"width": 390, "height": 900})
    # A megabyte and a half of script, on whatever machine this is.
    page.set_default_timeout(60_000)

    page.goto("/api/docs/")
    expect(page.locator(".opblock")).to_have_count(len(operations()), timeout=60_000)
    page.locator("#operations-Messages-sendMessage .opblock-summary-control").click()

    expect(page.get_by_text("appointment_reminder").first).to_be_visible(timeout=60_000)
    assert page.evaluate("document.documentElement.classList.contains('dark-mode')")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
