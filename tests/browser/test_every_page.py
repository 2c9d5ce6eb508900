"""Every page and state, in light and dark, on a phone and on a desk: for everybody (WCAG 2.2 AA), light, and still."""

import gzip
from pathlib import Path

import pytest
from django.template.loader import render_to_string

from tests.addresses import addresses
from tests.browser.everybody import in_every_light, too_wide
from tests.browser.everything import make_everything

pytestmark = [pytest.mark.browser, pytest.mark.any_database, pytest.mark.django_db(transaction=True)]

FIRST_PAINT_BYTES = 100_000

# The address of each page and state; {names} are what `everything` made.
PAGES = {
    "login": "/accounts/login/",
    "invite": "/dashboard/invite/",
    "invite again": "/dashboard/invite/?again={failed}",
    "invitations": "/dashboard/invitations/",
    "invitations filtered": "/dashboard/invitations/?status=failed&from=2020-01-01",
    "invitations not found": "/dashboard/invitations/?q=nobody+is+called+that",
    "invitations unreadable": "/dashboard/invitations/?state=asleep&status=lost",
    "invitations at the end": "/dashboard/invitations/?before=00000000-0000-0000-0000-000000000001",
    "invitation": "/dashboard/invitations/{read}/",
    "invitation delivered": "/dashboard/invitations/{delivered}/",
    "invitation failed": "/dashboard/invitations/{failed}/",
    "invitation refused": "/dashboard/invitations/{refused}/",
    "invitation unconfirmed": "/dashboard/invitations/{unconfirmed}/",
    "invitation joined": "/dashboard/invitations/{joined}/",
    "invitation expired": "/dashboard/invitations/{expired}/",
    "invitation by hand": "/dashboard/invitations/{by_hand}/",
    "invitation-webhooks": "/dashboard/invitations/{read}/webhooks/",
    "invitation-webhooks of none": "/dashboard/invitations/{by_hand}/webhooks/",
    "batches": "/dashboard/batches/",
    "new-batch": "/dashboard/batches/new/",
    "batch": "/dashboard/batches/{list}/",
    "analytics": "/dashboard/analytics/",
    "analytics empty": "/dashboard/analytics/?from=2020-01-01&to=2020-01-31",
    "analytics unreadable": "/dashboard/analytics/?from=2026-13-01",
    "health": "/dashboard/health/",
    "guest-invitation": "/i/{token_of_delivered}/",
    "guest-invitation joined": "/i/{token_of_joined}/",
    "guest-invitation expired": "/i/{token_of_expired}/",
    "guest-invitation unknown": "/i/nobody/",
    "not found": "/nowhere/",
}
# What is no page of its own: a part of one, a form's target, a file.
NO_PAGES = {
    "logout", "invite-by-hand", "invite-verdict", "invitations-changes", "invitation-status", "invitation-resend",
    "invitation-remind", "invitation-revoke", "batch-words", "batch-status", "batch-report", "start-batch",
    "pause-batch", "resume-batch", "cancel-batch", "health-check", "health-resume", "health-subscribe",
    "health-sync-templates",
}  # fmt: skip

# Three tests at once are done sooner than one.
every_third = pytest.mark.parametrize("names", [list(PAGES)[first::3] for first in range(3)], ids=["a", "b", "c"])


def test_table_names_every_page():
    names = {
        found.name
        for address, found in addresses()
        if found.name and address.startswith(("dashboard/", "accounts/", "i/"))
    }

    assert names - NO_PAGES <= {name.split()[0] for name in PAGES}
    assert names >= NO_PAGES


@pytest.fixture
def everything(inviter, sandbox, hand_over_webhooks):
    return make_everything(inviter, hand_over_webhooks)


def address(name, everything):
    tokens = {f"token_of_{each}": getattr(row, "token", "") for each, row in everything.items()}
    return PAGES[name].format(**{each: row.pk for each, row in everything.items()}, **tokens)


@every_third
def test_everybody_can_use_every_page(everything, sign_in, names):
    found = {}
    page = sign_in(reduced_motion="reduce")
    for name in names:
        page.goto(address(name, everything) if name != "login" else "/dashboard/invite/")
        if problems := in_every_light(page):
            found[name] = problems

    assert found == {}


def test_everybody_can_use_pages_that_answer_a_form(everything, sign_in, open_page, expect):
    page = sign_in(reduced_motion="reduce")
    page.get_by_label("WhatsApp number").fill("+1 202 555 0100")
    expect(page.locator("#verdict")).to_contain_text("United States")
    assert in_every_light(page) == []
    for number in ("12", "+12025550100"):
        page.goto("/dashboard/invite/")
        page.get_by_label("WhatsApp number").fill(number)
        page.get_by_label("Message").fill("Hello")
        with page.expect_navigation():
            page.get_by_role("button", name="Send invitation").click()
        assert in_every_light(page) == [], number
    page.goto("/dashboard/batches/new/")
    with page.expect_navigation():
        page.get_by_role("button", name="Check the list").click()
    assert in_every_light(page) == []


def test_everybody_can_sign_in_and_read_what_is_wrong(everything, open_page, inviter):
    page = open_page(reduced_motion="reduce")
    page.goto("/accounts/login/")
    assert in_every_light(page) == []
    page.get_by_label("Username").fill("john")
    page.get_by_label("Password").fill("wrong")
    with page.expect_navigation():
        page.get_by_role("button", name="Sign in").click()
    assert in_every_light(page) == []
    for template in ("500.html", "503.html"):
        page.set_content(render_to_string(template))
        assert in_every_light(page) == [], template


def test_everybody_can_use_pages_with_nothing_on_them(sign_in, sandbox):
    page = sign_in(reduced_motion="reduce")
    for path in ("/dashboard/invitations/", "/dashboard/analytics/", "/dashboard/batches/", "/dashboard/health/"):
        page.goto(path)
        assert in_every_light(page) == [], path


def test_no_page_is_wider_than_the_screen_in_spanish_either(everything, sign_in, live_server):
    page = sign_in(reduced_motion="reduce")
    page.context.add_cookies([{"name": "django_language", "value": "es", "url": live_server.url}])
    wide = {}
    for name in PAGES:
        page.goto(address(name, everything))
        assert page.evaluate("document.documentElement.lang") == "es" or name.startswith("guest")
        if widths := too_wide(page):
            wide[name] = widths

    assert wide == {}


def transferred(request):
    """The bytes of an answer. Static files are sent compressed in production, which is not done for a test."""
    body = request.response().body()
    is_static = request.url.split("/", 3)[3].startswith("static/")
    return len(gzip.compress(body)) if is_static else request.sizes()["responseBodySize"]


@every_third
def test_every_page_is_light_and_stands_still(everything, sign_in, names):
    page = sign_in()
    received = []
    page.on("requestfinished", lambda request: received.append(transferred(request)))
    # With a route, Chromium keeps nothing: each page is a first one.
    page.route("**/*", lambda route: route.continue_())
    shift = """() => new Promise((tell) => {
        let sum = 0;
        new PerformanceObserver((seen) => { for (const each of seen.getEntries()) sum += each.value; })
            .observe({type: "layout-shift", buffered: true});
        setTimeout(() => tell(sum), 150);
    })"""
    heavy, moving = {}, {}
    for name in names:
        received.clear()
        page.goto(address(name, everything), wait_until="networkidle")
        if sum(received) > FIRST_PAINT_BYTES:
            heavy[name] = sum(received)
        if (moved := page.evaluate(shift)) > 0.02:
            moving[name] = moved

    assert heavy == {}
    assert moving == {}


def test_there_is_one_small_stylesheet():
    [sheet] = (Path(__file__).parents[2] / "invitations" / "static").rglob("*.css")

    assert sheet.stat().st_size < 30 * 1024
