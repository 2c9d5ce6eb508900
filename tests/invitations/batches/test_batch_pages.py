"""The pages for whole lists, as a browser without script sees them."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from communications import campaigns
from communications.models import ConsentRecord, MessageTemplate
from invitations.batches import control, judging, list_rows, queueing
from invitations.batches.creation import LIST_CONSENT_STATEMENT
from invitations.batches.list_rows import ListRow
from invitations.models import InvitationBatch
from tests.invitations.batches.conftest import numbers, work_off
from tests.invitations.pages import text_of

pytestmark = pytest.mark.django_db(transaction=True)

LISTS = "/dashboard/batches/"
NEW = f"{LISTS}new/"
CSV = "phone;name\r\n+12025550100;José\r\ncall me;Ann\r\n"


@pytest.fixture
def bulk_dashboard(may_invite_in_bulk, dashboard):
    return dashboard


@pytest.fixture
def send_in(bulk_dashboard):
    def send(content=CSV, **fields):
        files = {"file": SimpleUploadedFile("Spring fair.csv", content.encode())} if content is not None else {}
        return bulk_dashboard.post(NEW, {"message": "Join me on Dott", **fields, **files}, follow=True)

    return send


def page_of(batch):
    return f"{LISTS}{batch.pk}/"


def status_of(batch, **seen):
    return f"{page_of(batch)}status/?" + "&".join(f"{name}={value}" for name, value in seen.items())


# Sending a list in


def test_file_is_taken_in_and_its_page_shown(send_in):
    answer = send_in(has_consent="on", include_link="on", country="US")

    batch = InvitationBatch.objects.get()
    assert answer.redirect_chain == [(page_of(batch), 302)]
    assert (batch.name, batch.source, batch.country, batch.has_consent) == ("Spring fair", "dashboard", "US", True)
    assert batch.link_base == "http://testserver"
    assert "Being checked" in text_of(answer)
    assert "0 of 2" in text_of(answer)


def test_pasted_lines_are_taken_in(send_in):
    send_in(None, pasted="+12025550100, Ann\r\n+12025550101, Bob\r\n", name="Two friends")

    batch = InvitationBatch.objects.get()
    assert (batch.name, batch.row_count, batch.link_base) == ("Two friends", 2, "")


def test_line_breaks_of_the_message_arrive_as_they_were_typed(send_in):
    send_in(message="First\r\nsecond")

    assert InvitationBatch.objects.get().message == "First\nsecond"


def test_message_may_be_left_to_the_list(send_in):
    send_in("phone,message\n+12025550100,Hello Ann\n", message="")
    judging.judge_due()

    assert InvitationBatch.objects.get().verdicts == {"valid": 1}


@pytest.mark.parametrize(
    ("content", "fields", "words"),
    [
        (None, {}, "Choose a file, or paste the lines."),
        (CSV, {"pasted": "+12025550100"}, "both a file and lines"),
        ("name\nAnn\n", {}, "No column with phone numbers"),
        (None, {"pasted": "nobody"}, "No column with phone numbers"),
        (CSV, {"message": "x" * 5000}, "Shorten the message"),
        (CSV, {"country": "XX"}, "XX"),
        ("phone\n", {}, "no row with a person"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_kept(send_in, content, fields, words):
    answer = send_in(content, **({"name": "My list"} | fields))

    assert answer.status_code == 400
    assert words in text_of(answer)
    assert 'value="My list"' in answer.content.decode()
    assert not InvitationBatch.objects.exists()


def test_file_that_is_too_large_is_refused_before_it_is_read(bulk_dashboard, monkeypatch):
    monkeypatch.setattr("invitations.batches.pages.BYTE_LIMIT", 100)
    monkeypatch.setattr("invitations.batches.pages._AROUND_THE_FILE", 100)

    answer = bulk_dashboard.post(NEW, {"file": SimpleUploadedFile("list.csv", b"x" * 1000)})

    assert answer.status_code == 413
    assert "too large" in text_of(answer)


def test_too_many_rows_are_refused(send_in, monkeypatch):
    monkeypatch.setattr(list_rows, "ROW_LIMIT", 1)

    assert "more than 1 rows" in text_of(send_in())


def test_sending_lists_in_is_counted_towards_the_rate(send_in, settings):
    settings.INVITATION_RATE = "1/min"

    assert [send_in().status_code, send_in().status_code] == [200, 429]


def test_form_is_refused_without_its_csrf_token(may_invite_in_bulk):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(may_invite_in_bulk)

    answer = browser.post(NEW, {"file": SimpleUploadedFile("list.csv", CSV.encode())})

    assert answer.status_code == 403
    assert not InvitationBatch.objects.exists()


def test_words_are_shown_as_they_would_stand_on_a_phone(bulk_dashboard):
    answer = bulk_dashboard.post(f"{NEW}words/", {"message": "Join me", "include_link": "on"})

    assert "Join me" in text_of(answer)
    assert "http://testserver/i/" in text_of(answer)


# Who may see what


@pytest.mark.parametrize("address", [LISTS, NEW])
def test_visitors_are_asked_to_sign_in(client, address):
    assert client.get(address)["Location"].startswith("/accounts/login/?next=")


def test_it_takes_the_permission(client, inviter, judged):
    inviter.user_permissions.clear()
    client.force_login(inviter)

    assert client.get(NEW).status_code == client.post(NEW, {"pasted": "+12025550100"}).status_code == 403
    assert "Lists" not in text_of(client.get("/dashboard/invite/"))
    assert not InvitationBatch.objects.exists()


def test_navigation_leads_whoever_may_to_their_lists(bulk_dashboard):
    assert f'href="{LISTS}"' in bulk_dashboard.get("/dashboard/invite/").content.decode()


def test_lists_of_others_do_not_exist_but_for_staff(judged, client, django_user_model):
    batch = judged(numbers(1))
    stranger = django_user_model.objects.create_user("jane")
    stranger.user_permissions.add(Permission.objects.get(codename="invite_in_bulk"))
    client.force_login(stranger)
    addresses = [page_of(batch), status_of(batch), f"{page_of(batch)}report/"]

    seen = [client.get(address).status_code for address in addresses]
    changed = [
        client.post(f"{page_of(batch)}{change}/").status_code for change in ("start", "pause", "resume", "cancel")
    ]

    assert [*seen, *changed] == [404] * 7
    assert "Spring fair" not in text_of(client.get(LISTS))
    stranger.is_staff = True
    stranger.save()
    assert "by john" in text_of(client.get(page_of(batch)))
    assert "Spring fair" in text_of(client.get(LISTS))


def test_who_lost_the_permission_cannot_start(judged, client, inviter, sandbox):
    batch = judged(numbers(1))
    inviter.user_permissions.clear()
    client.force_login(inviter)

    answer = client.post(f"{page_of(batch)}start/", follow=True)

    assert "You may not send whole lists." in text_of(answer)
    assert InvitationBatch.objects.get().state == "ready"
    assert "Send to" not in text_of(answer)


def test_lists_are_changed_by_post_only(bulk_dashboard, judged):
    batch = judged(numbers(1))

    answers = [bulk_dashboard.get(f"{page_of(batch)}{change}/") for change in ("start", "cancel")]

    assert [answer.status_code for answer in answers] == [405, 405]


# The page of one list


def test_page_of_a_ready_list_says_what_was_found_and_what_people_will_read(bulk_dashboard, judged, sandbox):
    batch = judged([ListRow(2, "+12025550100", "Ann"), ListRow(3, "call me", "Bob"), ListRow(4, "+1 202 555 0100")])

    text = text_of(bulk_dashboard.get(page_of(batch)))

    assert "One person can be invited. It takes less than a minute." in text
    assert "Send to one person" in text
    assert "Ann row 2 Join me on Dott" in text
    assert "Can be invited 1 Not a number to write to 1 In this list already 1" in text
    assert "2 rows are not sent" in text
    assert "Row 3 call me Bob Leave out letters" in text
    assert "It is the same person as in row 2." in text


def test_only_the_first_wrong_rows_are_on_the_page(bulk_dashboard, judged):
    batch = judged(["call me"] * 30)

    text = text_of(bulk_dashboard.get(page_of(batch)))

    assert "30 rows are not sent" in text
    assert "These are the first 20." in text
    assert "Row 21" not in text


def test_words_of_people_are_shown_as_words(bulk_dashboard, judged):
    batch = judged([ListRow(1, "<script>", "<b>Ann</b>")], name="<i>List</i>")

    content = bulk_dashboard.get(page_of(batch)).content.decode()

    assert "<b>Ann" not in content
    assert "<i>List" not in content


def test_list_is_started_paused_resumed_and_cancelled_by_its_buttons(bulk_dashboard, judged, sandbox):
    batch = judged(numbers(2))
    states = []
    for change in ("start", "pause", "resume", "cancel"):
        answer = bulk_dashboard.post(f"{page_of(batch)}{change}/", follow=True)
        states.append((InvitationBatch.objects.get().state, answer.redirect_chain))

    assert [state for state, _chain in states] == ["running", "paused", "running", "cancelled"]
    assert {chain[0][0] for _state, chain in states} == {page_of(batch)}


def test_what_cannot_be_done_is_said_on_the_page(bulk_dashboard, judged):
    batch = judged(numbers(1))

    text = text_of(bulk_dashboard.post(f"{page_of(batch)}start/", follow=True))

    assert "WhatsApp is not set up yet." in text


def test_consent_is_kept_in_the_words_that_were_shown(bulk_dashboard, send_in, sandbox):
    shown = text_of(bulk_dashboard.get(NEW))
    send_in("phone\n+12025550100\n", has_consent="on")
    judging.judge_due()
    control.start(InvitationBatch.objects.get())
    queueing.queue_due()

    assert LIST_CONSENT_STATEMENT in shown
    assert ConsentRecord.objects.get().text == LIST_CONSENT_STATEMENT


def test_progress_is_a_progress_bar_with_its_numbers(bulk_dashboard, judged, sandbox):
    batch = control.start(judged(numbers(4)))
    queueing.queue_due()

    content = bulk_dashboard.get(page_of(batch)).content.decode()

    assert re.search(
        r'<progress class="batch-bar" max="100" value="0.0" aria-label="People sent their message">', content
    )
    assert "0 of 4" in content
    assert 'hx-trigger="every 1s"' in content


def test_part_that_moves_is_sent_only_when_it_looks_different(bulk_dashboard, judged, sandbox, settings):
    batch = control.start(judged(numbers(4)))
    queueing.queue_due()
    page = bulk_dashboard.get(page_of(batch)).content.decode()
    address = re.search(r'hx-get="([^"]+)"', page)[1].replace("&amp;", "&")

    same = bulk_dashboard.get(address)
    other = bulk_dashboard.get(address.replace("seen=", "seen=x"))

    assert (same.status_code, same.content) == (204, b"")
    assert other.status_code == 200
    assert "In the queue" in text_of(other)
    assert "hx-swap-oob" not in other.content.decode()


def test_page_is_made_anew_when_the_list_is_in_another_state(bulk_dashboard, judged, sandbox):
    batch = control.start(judged(numbers(1)))
    work_off()

    answer = bulk_dashboard.get(status_of(batch, state="running", seen="x"))

    assert answer["HX-Refresh"] == "true"


def test_every_tenth_is_read_aloud(bulk_dashboard, judged, sandbox):
    batch = control.start(judged(numbers(1)))
    work_off()

    spoken = bulk_dashboard.get(status_of(batch, state="finished", seen="x", spoken="90")).content.decode()

    assert re.search(r'<span id="spoken" hx-swap-oob="innerHTML">\s*100 percent\s*</span>', spoken)


def test_finished_list_shows_what_became_of_it_and_asks_seldom(bulk_dashboard, judged, sandbox):
    batch = control.start(judged(numbers(3)))
    work_off()

    content = bulk_dashboard.get(page_of(batch)).content.decode()

    assert "Everybody who could be invited was." in content
    assert 'hx-trigger="every 5s"' in content
    assert "Cancel this list" not in content


def test_stopped_list_says_why_and_can_be_resumed(bulk_dashboard, judged, sandbox):
    batch = control.start(judged(numbers(1)))
    campaigns.stop(batch.campaign.pk, 131048)

    text = text_of(bulk_dashboard.get(page_of(batch)))

    assert "Stopped by WhatsApp" in text
    assert "WhatsApp stopped this list." in text
    assert "Resume" in text


def test_templates_that_are_not_approved_are_named_before_the_start(bulk_dashboard, judged, sandbox, settings):
    settings.WHATSAPP_INVITATION_TEMPLATE = "business_invitation"
    MessageTemplate.objects.create(name="business_invitation", language="es", status="PENDING")
    MessageTemplate.objects.create(name="business_invitation", language="en_US", status="APPROVED")
    batch = judged(["+34612345678", "+12025550100"])

    text = text_of(bulk_dashboard.get(page_of(batch)))

    assert "One person is written to in Spanish." in text
    assert "is pending at Meta" in text
    assert "One person has a number of the United States" in text
    assert "Send to 2 people" in text


def test_list_in_another_encoding_says_so(bulk_dashboard, judged):
    batch = judged(numbers(1), warnings=["Names may look wrong."])

    assert "Names may look wrong." in text_of(bulk_dashboard.get(page_of(batch)))


def test_report_is_offered_as_a_file(bulk_dashboard, judged):
    batch = judged(numbers(1))

    answer = bulk_dashboard.get(f"{page_of(batch)}report/")

    assert answer["Content-Disposition"] == 'attachment; filename="Spring fair.csv"'
    assert numbers(1)[0] in b"".join(answer.streaming_content).decode()


def test_lists_are_shown_newest_first_a_page_at_a_time(bulk_dashboard, judged, django_assert_max_num_queries):
    batches = [judged(numbers(1), name=f"List {n:02}") for n in range(26)]

    with django_assert_max_num_queries(5):
        first = bulk_dashboard.get(LISTS)
    older = bulk_dashboard.get(f"{LISTS}?before={batches[1].pk}")

    assert "List 25" in text_of(first)
    assert "List 00" not in text_of(first)
    assert "Older" in text_of(first)
    assert "List 00" in text_of(older)


def test_nobody_has_a_list_yet(bulk_dashboard):
    assert "No list yet" in text_of(bulk_dashboard.get(LISTS))
