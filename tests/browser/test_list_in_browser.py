"""The journey of somebody who invites a whole list, in a real browser."""

import re
import threading

import pytest
from django.contrib.auth.models import Permission
from django.db import connections

from communications import due_work
from communications.models import Message, Status
from invitations.models import InvitationBatch

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LISTS = "/dashboard/batches/"


@pytest.fixture
def may_invite_in_bulk(inviter):
    inviter.user_permissions.add(Permission.objects.get(codename="invite_in_bulk"))
    return inviter


@pytest.fixture
def worker(sandbox, settings):
    """The due work is done beside the page, slowly enough to be watched."""
    settings.WHATSAPP_MESSAGES_PER_SECOND = 40
    stop = threading.Event()

    def work():
        try:
            due_work.follow(stop)
        finally:
            connections.close_all()

    follower = threading.Thread(target=work)
    follower.start()
    yield
    stop.set()
    follower.join(timeout=20)


@pytest.fixture
def spreadsheet(tmp_path):
    """As Excel saves it: a mark, semicolons, and numbers that it has spoilt."""
    rows = [f"+49151234{n:05};José {n};Bäckerei Müller" for n in range(90)]
    wrong = ["1,38555E+10;Ann;", "+49 151 23400005;Twice;", "call me;Bob;"]
    path = tmp_path / "Spring fair.csv"
    path.write_text("\r\n".join(["Teléfono;Nombre;Empresa", *rows, *wrong]), encoding="utf-8-sig")
    return path


def test_list_is_sent_in_judged_started_and_watched_until_it_is_done(
    sign_in, expect, may_invite_in_bulk, worker, spreadsheet
):
    page = sign_in()
    page.get_by_role("link", name="Lists").click()
    page.get_by_role("link", name="Invite a list").click()
    page.get_by_label("CSV file").set_input_files(spreadsheet)
    page.get_by_label("Message").fill("Join me on Dott")
    expect(page.locator(".bubble")).to_contain_text("Join me on Dott")
    page.get_by_label(re.compile("Each person on this list agreed")).check()
    page.get_by_role("button", name="Check the list").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Spring fair")
    start = page.get_by_role("button", name="Send to 90 people")
    expect(start).to_be_visible(timeout=20_000)
    reasons = page.get_by_role("table").get_by_role("row")
    expect(reasons.nth(1)).to_contain_text("The spreadsheet has cut this number")
    expect(reasons.nth(2)).to_contain_text("It is the same person as in row 7.")

    start.click()
    bar = page.get_by_role("progressbar", name="People sent their message")
    expect(bar).to_be_visible()
    expect(page.locator("#status")).to_contain_text("messages a second", timeout=20_000)
    expect(page.locator(".status-word strong")).to_have_text("Sent", timeout=30_000)
    expect(bar).to_have_attribute("value", "100.0")
    expect(page.get_by_role("button", name="Pause")).to_have_count(0)
    assert InvitationBatch.objects.get().state == "finished"
    assert Message.objects.exclude(status=Status.QUEUED).count() == 90


def test_paused_list_stands_still_until_it_is_resumed(
    sign_in, expect, may_invite_in_bulk, worker, spreadsheet, settings
):
    settings.WHATSAPP_MESSAGES_PER_SECOND = 10
    page = sign_in()
    page.goto(f"{LISTS}new/")
    page.get_by_label("CSV file").set_input_files(spreadsheet)
    page.get_by_label("Message").fill("Join me on Dott")
    page.get_by_role("button", name="Check the list").click()
    page.get_by_role("button", name="Send to 90 people").click(timeout=20_000)

    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".status-word strong")).to_have_text("Paused")
    page.get_by_role("button", name="Resume").click()
    expect(page.locator(".status-word strong")).to_have_text("Being sent")

    page.get_by_text("Cancel this list").click()
    page.get_by_role("button", name="Yes, cancel it").click()
    expect(page.locator(".status-word strong")).to_have_text("Cancelled")


def test_list_is_sent_in_without_script(sign_in, expect, may_invite_in_bulk, worker, spreadsheet):
    page = sign_in(java_script_enabled=False)
    page.goto(f"{LISTS}new/")
    page.get_by_label("CSV file").set_input_files(spreadsheet)
    page.get_by_label("Message").fill("Join me on Dott")
    page.get_by_role("button", name="Check the list").click()

    for _look in range(100):
        if page.get_by_role("button", name="Send to 90 people").count():
            break
        page.wait_for_timeout(100)
        page.get_by_role("link", name="Look again").click()

    expect(page.get_by_role("button", name="Send to 90 people")).to_be_visible()
