"""From sent to joined: what the report says, of whom, on which day, and at what cost."""

from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from communications import erasure
from communications.analytics import Question
from communications.models import Campaign, MessageTally
from invitations.analytics import report
from invitations.models import Invitation, InvitationMessage, InvitationTally
from tests.invitations.analytics_rows import NOON, count, invite, send
from tests.invitations.analytics_rows import report as tell

pytestmark = pytest.mark.django_db

TODAY = NOON.date()
SENT, DELIVERED, READ = ("sent",), ("sent", "delivered"), ("sent", "delivered", "read")


def asked(first=TODAY, last=TODAY, **filters):
    count()
    return report(Question(first, last, **filters))


def test_each_stage_holds_those_who_came_further(inviter):
    for number, (steps, state) in enumerate([
        ((), "open"), (("failed",), "open"), (SENT, "open"), (DELIVERED, "open"), (READ, "open"), (READ, "opened"),
        (READ, "joined"), (READ, "declined"),
    ]):  # fmt: skip
        invite(inviter, f"+1202555010{number}", *steps, state=state, at=NOON)

    found = asked()

    total = found.total
    assert (total.total, total.sent, total.delivered, total.read, total.opened, total.joined) == (8, 6, 5, 4, 2, 1)
    assert (total.failed, total.waiting, total.declined) == (1, 1, 1)
    messages = found.messages.total
    assert (messages.total, messages.sent, messages.delivered, messages.read) == (8, 6, 5, 4)
    assert (messages.failed, messages.waiting, messages.unconfirmed) == (1, 1, 0)


def test_who_opened_has_read_it_even_where_whatsapp_does_not_say_so(inviter):
    invite(inviter, "+12025550100", "sent", state="opened", at=NOON)

    found = asked()

    assert (found.total.delivered, found.total.read, found.total.opened) == (1, 1, 1)
    assert found.messages.total.read == 0


@pytest.mark.parametrize("state", ["declined", "expired", "revoked"])
def test_what_was_opened_stays_opened_whatever_becomes_of_it(inviter, state):
    invitation = invite(inviter, "+12025550100", *READ, at=NOON)

    Invitation.objects.filter(pk=invitation.pk).update(state=state, opened_at=NOON)

    assert (asked().total.opened, asked().total.declined) == (1, state == "declined")


def test_invitation_that_is_sent_by_hand_is_counted_too(inviter):
    invitation = invite(inviter, "+12025550100", at=NOON)
    InvitationMessage.objects.all().delete()
    Invitation.objects.filter(pk=invitation.pk).update(newest_message=None)
    assert (asked().total.total, asked().total.waiting) == (1, 1)

    Invitation.objects.filter(pk=invitation.pk).update(opened_at=NOON, state="opened")

    assert (asked().total.sent, asked().total.opened, asked().total.waiting) == (1, 1, 0)


def test_invitation_counts_once_by_the_message_that_came_furthest(inviter):
    invitation = invite(inviter, "+12025550100", *READ, at=NOON)
    reminder = send("+12025550111", at=NOON)
    InvitationMessage.objects.create(invitation=invitation, message=reminder, sent_by=inviter)
    Invitation.objects.filter(pk=invitation.pk).update(newest_message=reminder)

    found = asked()

    assert (found.total.total, found.total.read) == (1, 1)
    assert found.messages.total.total == 2


def test_late_statuses_move_the_numbers_of_the_day_of_sending(inviter):
    invitation = invite(inviter, "+12025550100", "sent", at=NOON)
    assert asked().messages.total.sent == 1

    tell(invitation.newest_message, "read", since=NOON + timedelta(days=5))
    read = asked()
    Invitation.objects.update(state="joined")

    assert (read.messages.total.read, read.total.read, read.total.joined) == (1, 1, 0)
    assert asked().total.joined == 1
    assert asked(TODAY + timedelta(days=5), TODAY + timedelta(days=5)).is_empty


def test_days_without_anything_are_there_with_zeros(inviter):
    invite(inviter, "+12025550100", *READ, at=NOON - timedelta(days=1))
    invite(inviter, "+12025550111", *SENT, at=NOON + timedelta(days=1))

    found = asked(TODAY - timedelta(days=1), TODAY + timedelta(days=1))

    assert [(each.day.day, each.messages.sent, each.invitations.read) for each in found.days] == [
        (21, 1, 1), (22, 0, 0), (23, 1, 0),
    ]  # fmt: skip


@pytest.mark.parametrize(("zone", "day"), [("UTC", 22), ("America/Denver", 21), ("Pacific/Auckland", 22)])
def test_day_begins_at_midnight_of_the_project(inviter, settings, zone, day):
    settings.TIME_ZONE = zone
    invite(inviter, "+12025550100", *SENT, at=datetime(2026, 11, 22, 3, tzinfo=UTC))

    found = asked(date(2026, 11, 20), date(2026, 11, 24))

    assert [each.day.day for each in found.days if each.messages.total and each.invitations.total] == [day]


def test_numbers_are_told_apart_by_each_dimension(inviter, jane):
    list_ = Campaign.objects.create(name="Bakeries")
    invite(inviter, "+12025550100", *READ, at=NOON, template="business_invitation", campaign=list_, state="joined")
    invite(inviter, "+12025550111", *SENT, at=NOON, template="business_invitation")
    invite(jane, "+5511987654321", *READ, at=NOON)
    send("+447400123456", *DELIVERED, at=NOON, template="invoice_notification")

    found = asked()

    told = {
        dimension: {line.name: (line.messages.sent, line.invitations.total, line.invitations.joined) for line in lines}
        for dimension, lines in found.tables.items()
    }
    assert told == {
        "template": {"business_invitation": (2, 2, 1), "": (1, 1, 0), "invoice_notification": (1, 0, 0)},
        "country": {"United States": (2, 2, 1), "Brazil": (1, 1, 0), "United Kingdom": (1, 0, 0)},
        "campaign": {"Bakeries": (1, 1, 1), "": (3, 2, 0)},
        "sender": {"john": (2, 2, 1), "jane": (1, 1, 0), "": (1, 0, 0)},
    }
    assert found.tables["country"][0].key == "US"


def test_filters_are_combined(inviter, jane):
    list_ = Campaign.objects.create(name="Bakeries")
    invite(inviter, "+12025550100", *READ, at=NOON, template="hello", campaign=list_)
    invite(inviter, "+12025550111", *SENT, at=NOON, template="hello")
    invite(jane, "+12025550122", *SENT, at=NOON, template="hello")
    invite(jane, "+5511987654321", *SENT, at=NOON)

    def found(**filters):
        asked_for = asked(**filters)
        assert asked_for.messages.total.total == asked_for.total.total
        return asked_for.total.total

    assert found(template="hello") == 3
    assert found(template="hello", country="US", campaign="") == 2
    assert found(template="hello", country="US", campaign=str(list_.pk)) == 1
    assert found(sender=str(jane.pk)) == 2
    assert found(sender=str(jane.pk), country="US") == 1
    assert found(sender=str(jane.pk), template="", country="US") == 0
    assert "sender" not in asked(sender=str(jane.pk)).tables


def test_messages_asked_for_through_the_api_are_their_callers(inviter, jane):
    send("+12025550100", *SENT, at=NOON, requested_by=jane)

    assert asked(sender=str(jane.pk)).messages.total.sent == 1
    assert asked(sender=str(inviter.pk)).is_empty


def test_how_long_it_took_is_told_as_half_and_nine_in_ten(inviter):
    for number in range(10):
        invite(inviter, f"+1202555010{number}", "sent", "delivered", at=NOON)

    found = asked().messages

    assert found.delivered_in.p50 == pytest.approx(60, rel=0.1)
    assert found.delivered_in.p90 == pytest.approx(60, rel=0.1)
    assert found.read_in.p50 is None


def test_why_messages_failed_is_told_by_code(inviter):
    for number, code in enumerate([131026, 131026, 131049]):
        tell(send(f"+1202555010{number}", at=NOON), "failed", since=NOON, code=code)

    assert asked().messages.failures == [("131026", 2), ("131049", 1)]


def test_money_is_told_only_with_prices(inviter, settings, tmp_path, caplog):
    invite(inviter, "+12025550100", *DELIVERED, at=NOON)
    invite(inviter, "+5511987654321", *DELIVERED, at=NOON)
    assert asked().cost is None

    (tmp_path / "rates.csv").write_text("country,category,currency,price\nUS,marketing,USD,0.025\n")
    settings.WHATSAPP_RATE_FILE = str(tmp_path / "rates.csv")
    found = asked()
    assert [(each.category, each.country, each.billable) for each in found.messages.charges] == [
        ("marketing", "BR", 1), ("marketing", "US", 1),
    ]  # fmt: skip
    assert (str(found.cost.amounts["USD"]), found.cost.without_price) == ("0.025", 1)

    settings.WHATSAPP_RATE_FILE = str(tmp_path / "nothing.csv")
    assert asked().cost is None
    assert "No money is shown" in caplog.text


def test_forgotten_person_stays_counted(inviter):
    invitation = invite(inviter, "+5511987654321", *READ, at=NOON, template="hello")
    Invitation.objects.filter(pk=invitation.pk).update(state="opened", opened_at=NOON)
    before = asked()

    erasure.forget(invitation.contact, tell_meta=False)

    after = asked()
    assert (after.total, after.messages.total) == (before.total, before.messages.total)
    assert [line.key for line in after.tables["country"]] == ["BR"]
    assert [line.key for line in after.tables["template"]] == ["hello"]


def test_number_of_queries_is_the_same_for_one_message_and_for_many(inviter, jane):
    def queries():
        count()
        with CaptureQueriesContext(connection) as captured:
            report(Question(TODAY - timedelta(days=29), TODAY))
        return len(captured)

    list_ = Campaign.objects.create(name="Bakeries")
    invite(inviter, "+12025550100", *READ, at=NOON, campaign=list_)
    for_one = queries()
    for number in range(30):
        invite(jane, f"+120255501{number:02}", *READ, at=NOON - timedelta(days=number % 9), campaign=list_)

    assert queries() == for_one <= 16


def test_what_has_changed_is_counted_by_the_page_where_no_worker_does(inviter, settings):
    invite(inviter, "+12025550100", *READ, at=NOON)
    settings.WHATSAPP_PROCESS_WEBHOOKS_IN_REQUEST = False
    behind = report(Question(TODAY, TODAY))
    settings.WHATSAPP_PROCESS_WEBHOOKS_IN_REQUEST = True
    counted = report(Question(TODAY, TODAY))

    assert behind.is_empty
    assert behind.waiting_since is not None
    assert (counted.messages.total.read, counted.total.read, counted.waiting_since) == (1, 1, None)


def test_due_work_counts(inviter):
    invite(inviter, "+12025550100", *READ, at=NOON)

    call_command("run_due_work", stdout=StringIO())

    assert MessageTally.objects.get(told_apart="").read == InvitationTally.objects.get(told_apart="").read == 1


def test_what_was_there_before_is_counted_again_from_its_rows(inviter, settings):
    invite(inviter, "+12025550100", *READ, at=NOON.replace(hour=23))
    count()
    settings.TIME_ZONE = "Asia/Tokyo"
    assert asked(TODAY, TODAY).messages.total.read == 1

    output = StringIO()
    call_command("rebuild_analytics", stdout=output)

    assert output.getvalue() == "1 messages counted.\n1 invitations counted.\n"
    assert asked(TODAY, TODAY).is_empty
    assert asked(TODAY + timedelta(days=1), TODAY + timedelta(days=1)).total.read == 1


def test_one_day_is_counted_again_and_no_other(inviter):
    invite(inviter, "+12025550100", *READ, at=NOON)
    invite(inviter, "+12025550111", *READ, at=NOON - timedelta(days=1))
    count()
    MessageTally.objects.update(read=7)

    call_command("rebuild_analytics", "--day", "2026-11-22", stdout=StringIO())

    days = asked(TODAY - timedelta(days=1), TODAY).days
    assert [each.messages.read for each in days] == [7, 1]


def test_day_that_is_none_is_refused():
    with pytest.raises(CommandError, match="is no day"):
        call_command("rebuild_analytics", "--day", "yesterday")
