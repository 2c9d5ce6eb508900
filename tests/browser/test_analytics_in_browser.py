"""The page of numbers in a real browser: readable for everybody at every width, by keyboard, without script."""

import pytest

from communications.models import Campaign
from tests.invitations.analytics_rows import count, invite, report
from tests.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.any_database, pytest.mark.django_db(transaction=True)]

PAGE = "/dashboard/analytics/"
READ = ("sent", "delivered", "read")


@pytest.fixture
def open_analytics(inviter, sign_in):
    """Open the page as staff, with something in each of its parts."""
    inviter.is_staff = True
    inviter.save()
    long_name = Campaign.objects.create(name="A list whose name goes on and on, as people paste them: " + "x" * 80)
    invite(inviter, "+12025550100", *READ, template="business_invitation", campaign=long_name, state="joined")
    invite(inviter, "+5511987654321", *READ, template="business_invitation", state="opened")
    report(invite(inviter, "+447400123456").newest_message, "failed")
    count()

    def open_analytics(query="", **options):
        page = sign_in(**options)
        page.goto(PAGE + query)
        return page

    return open_analytics


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_series_are_told_apart_by_their_patterns(open_analytics, scheme):
    """What is painted is not one colour: stripes, dots, and a solid that neither of them has."""
    page = open_analytics(color_scheme=scheme)

    colours = page.evaluate("""() => Object.fromEntries(["sent", "delivered", "read"].map((name) => [
        name, [...document.querySelectorAll(`#pattern-${name} > *`)].map((shape) => {
            const style = getComputedStyle(shape);
            return shape.tagName === "line" ? style.stroke : style.fill;
        })]))""")

    assert len(set(colours["sent"])) == len(set(colours["delivered"])) == 2
    assert len(set(colours["read"])) == 1
    assert colours["read"][0] not in {*colours["sent"], *colours["delivered"]}


def test_name_is_followed_and_left_again_with_the_keyboard(open_analytics, expect):
    page = open_analytics()
    page.get_by_role("region", name="By country: table").get_by_role("link", name="Brazil").focus()

    page.keyboard.press("Enter")
    expect(page.get_by_role("list", name="Filters")).to_contain_text("Country: Brazil")
    assert "country=BR" in page.url
    expect(page.get_by_role("region", name="By country: table").get_by_role("link")).to_have_count(1)

    page.get_by_role("link", name="remove Country: Brazil").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="By country: table").get_by_role("link")).to_have_count(3)


def test_days_are_chosen_without_script_and_keep_the_filter(open_analytics, expect):
    page = open_analytics("?country=US", java_script_enabled=False)

    page.get_by_role("textbox", name="From").fill("2026-01-01")
    page.get_by_role("textbox", name="To").fill("2026-01-31")
    page.get_by_role("button", name="Show").click()

    expect(page.get_by_text("Nothing was sent in these days")).to_be_visible()
    assert "from=2026-01-01&to=2026-01-31&country=US" in page.url


def test_tables_that_are_wider_than_a_phone_scroll_by_themselves(open_analytics):
    page = open_analytics(viewport={"width": 360, "height": 800})
    table = page.get_by_role("region", name="By country: table")

    table.focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")

    # Asked from here each time: to ask again by itself, the page would need the eval that its policy forbids.
    wait_until(lambda: table.evaluate("element => element.scrollLeft") > 0)
    name = page.get_by_role("link", name="Brazil").bounding_box()
    assert 0 <= name["x"] < 360


def test_csv_is_saved_under_the_name_of_its_days(open_analytics):
    page = open_analytics()

    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()

    assert download.value.suggested_filename.startswith("analytics-")
