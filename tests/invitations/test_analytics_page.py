"""`/dashboard/analytics/`, as a browser without script sees it."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from communications.models import Campaign, ChangedMessage
from invitations.models import InvitationBatch
from tests.invitations.analytics_rows import count, invite, report, send
from tests.invitations.pages import words_of

pytestmark = pytest.mark.django_db

PATH = "/dashboard/analytics/"
READ = ("sent", "delivered", "read")


@pytest.fixture
def page(client, inviter):
    """Open the page as somebody; the inviter by default."""

    def page(query="", *, user=None, status=200):
        count()
        client.force_login(user or inviter)
        answer = client.get(f"{PATH}?{query}")
        assert answer.status_code == status
        return answer.content.decode()

    return page


def rows_of(body, heading):
    """The cells of the table under a heading, row by row."""
    section = re.search(rf"<h2[^>]*>{heading}</h2>(.*?)</section>", body, re.DOTALL)[1]
    body_of_table = re.search(r"<tbody>(.*?)</tbody>", section, re.DOTALL)[1]
    return [
        [words_of(cell).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)]
        for row in re.findall(r"<tr>(.*?)</tr>", body_of_table, re.DOTALL)
    ]


def test_visitors_are_asked_to_sign_in(client):
    answer = client.get(PATH)

    assert answer["Location"] == f"/accounts/login/?next={PATH}"


def test_funnel_tells_each_step_beside_all_and_the_step_before(page, inviter):
    for number, (steps, state) in enumerate([(("sent",), "open"), (READ, "opened"), (READ, "joined"), ((), "open")]):
        invite(inviter, f"+1202555010{number}", *steps, state=state)

    assert rows_of(page(), "From invited to joined") == [
        ["Invited", "4", "100%", ""],
        ["Sent", "3", "75%", "75%"],
        ["Delivered", "2", "50%", "67%"],
        ["Read", "2", "50%", "100%"],
        ["Opened", "2", "50%", "100%"],
        ["Joined", "1", "25%", "50%"],
    ]


def test_users_see_their_own_numbers_and_staff_everybodys(page, inviter, jane, boss):
    invite(inviter, "+12025550100", *READ)
    invite(jane, "+5511987654321", *READ)

    own, everybodys = page(), page(user=boss)

    assert [row[0] for row in rows_of(own, "By country")] == ["United States"]
    assert "By inviter" not in own
    assert {row[0] for row in rows_of(everybodys, "By country")} == {"United States", "Brazil"}
    assert {row[0] for row in rows_of(everybodys, "By inviter")} == {"john", "jane"}


def test_each_name_leads_to_its_numbers_alone_and_back(page, inviter, boss):
    list_ = Campaign.objects.create(name="Bakeries <b>")
    invite(inviter, "+12025550100", *READ, campaign=list_)
    invite(inviter, "+5511987654321", *READ)

    query = re.search(rf'href="\?([^"]*campaign={list_.pk}[^"]*)"', page(user=boss))[1].replace("&amp;", "&")
    alone = page(query, user=boss)

    assert [row[0] for row in rows_of(alone, "By country")] == ["United States"]
    assert "Campaign: Bakeries &lt;b&gt; remove" in words_of(alone)
    without = re.search(r'<a href="\?([^"]*)">remove', alone)[1].replace("&amp;", "&")
    assert "campaign" not in without
    assert len(rows_of(page(without, user=boss), "By country")) == 2


def test_inviter_is_found_by_username(page, jane, boss):
    invite(jane, "+12025550100", *READ)

    body = page("inviter=jane", user=boss)

    assert "Inviter: jane remove" in words_of(body)
    assert "By inviter" not in body
    assert rows_of(body, "From invited to joined")[0][1] == "1"


def test_days_are_told_newest_first_and_long_spans_in_weeks(page, inviter):
    today = timezone.now().date()
    invite(inviter, "+12025550100", *READ)

    days = rows_of(page(), "Messages by day")
    weeks = rows_of(page(f"from={today - timedelta(days=99)}&to={today}"), "Messages by week")

    assert (len(days), days[0][1], days[1][1]) == (30, "1", "0")
    assert len(weeks) in {15, 16}
    assert sum(int(week[1]) for week in weeks) == 1


def test_times_failures_and_charges_are_told_in_words(page, inviter, settings, tmp_path):
    (tmp_path / "rates.csv").write_text("country,category,currency,price\nUS,marketing,USD,1.5\n")
    settings.WHATSAPP_RATE_FILE = str(tmp_path / "rates.csv")
    invite(inviter, "+12025550100", *READ)
    invite(inviter, "+5511987654321", *READ)
    report(invite(inviter, "+12025550111").newest_message, "failed")

    body = page()

    assert rows_of(body, "How long it takes") == [["Delivered", "59 s", "59 s"], ["Read", "2 min", "2 min"]]
    [[reason, number, part, advice]] = rows_of(body, "Why messages failed")
    assert reason.startswith("This number cannot receive the message")
    assert (number, part) == ("1", "100%")
    assert advice == "Check the number with the recipient, or reach them by other means."
    assert rows_of(body, "What WhatsApp charges for") == [["Marketing", "2", "0"]]
    assert "$1.50" in body
    assert "1 billable message has no price there" in body


def test_users_are_not_told_what_only_the_team_can_do(page, inviter, boss):
    report(invite(inviter, "+12025550111").newest_message, "failed", code=190)

    assert rows_of(page(), "Why messages failed")[0][3].startswith("Dott&#x27;s team has to put this right")
    assert "WHATSAPP_ACCESS_TOKEN" in rows_of(page(user=boss), "Why messages failed")[0][3]


def test_code_that_nobody_knows_is_named(page, inviter):
    report(invite(inviter, "+12025550111").newest_message, "failed", code=999999)

    assert "code 999999, which is not documented" in rows_of(page(), "Why messages failed")[0][0]


def test_nothing_sent_yet_leads_to_the_invitation_form(page):
    body = words_of(page())

    assert "Nothing to count yet" in body
    assert "Invite a Business Owner" in body
    assert "<svg" not in body


def test_empty_days_and_filters_say_what_to_change(page, inviter):
    invite(inviter, "+12025550100", *READ)

    assert "Choose other days." in page("from=2026-01-01&to=2026-01-02")
    assert "Choose other days, or remove a filter." in page("country=MX")


def test_filter_by_which_nothing_is_found_is_told_by_name(page, inviter):
    list_ = Campaign.objects.create(name="Bakeries")
    InvitationBatch.objects.create(inviter=inviter, name="Bakeries", campaign=list_)
    invite(inviter, "+12025550100", *READ)

    body = words_of(page(f"country=mx&campaign={list_.pk}"))

    assert "Country: Mexico remove" in body
    assert "Campaign: Bakeries remove" in body


def test_value_that_cannot_be_understood_is_told_beside_the_form(page, jane):
    body = words_of(page("from=2026-11-31&country=XX&inviter=jane", status=400))

    assert "These numbers cannot be shown" in body
    assert "from : Write the day as year, month and day: 2026-11-22." in body
    assert "country : Write the country as two letters, such as US." in body
    assert "inviter : You see your own numbers only." in body


def test_notifications_alone_have_no_funnel(page, boss):
    send("+12025550100", *READ, template="invoice_notification")

    body = page(user=boss)

    assert "There are no invitations among these messages." in body
    assert rows_of(body, "By template")[0][0] == "invoice_notification"


def test_page_says_since_when_counting_is_behind(page, client, inviter, settings):
    settings.WHATSAPP_PROCESS_WEBHOOKS_IN_REQUEST = False
    message = invite(inviter, "+12025550100", *READ).newest_message
    assert "is still being counted" not in page()

    ChangedMessage.objects.create(changed_id=message.pk, noted_at=timezone.now() - timedelta(minutes=5))

    assert "is still being counted" in client.get(PATH).content.decode()


def test_charts_have_nothing_inline_and_are_left_out_when_read_aloud(page, inviter):
    invite(inviter, "+12025550100", *READ, template="<script>")

    body = page()

    drawings = re.findall(r"<svg class=\"chart\".*?</svg>", body, re.DOTALL)
    assert len(drawings) == 5
    assert all('aria-hidden="true"' in drawing for drawing in drawings)
    assert not re.search(r"<style|<script(?![^>]*src=)|\sstyle=|\son\w+=", body)
    assert "&lt;script&gt;" in drawings[2]


def test_page_costs_few_queries_however_much_there_is(inviter, client):
    def queries():
        count()
        with CaptureQueriesContext(connection) as captured:
            assert client.get(PATH).status_code == 200
        return len(captured)

    client.force_login(inviter)
    invite(inviter, "+12025550100", *READ, campaign=Campaign.objects.create(name="Bakeries"))
    queries()  # what Django looks up once
    for_one = queries()
    for number in range(1, 21):
        invite(inviter, f"+120255501{number:02}", *READ)

    assert queries() == for_one <= 20


def test_navigation_leads_there(page):
    assert f'<a href="{PATH}" aria-current="page">Analytics</a>' in page()
