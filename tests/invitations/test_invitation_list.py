"""`/dashboard/invitations/`: finding, paging, and staying up to date."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from django.utils import timezone

from communications.models import Contact, Message, Status
from invitations.dashboard import PAGE_SIZE
from invitations.models import Invitation

pytestmark = pytest.mark.django_db

LIST = "/dashboard/invitations/"


@pytest.fixture
def make(inviter):
    """Make an invitation as it stands in the database."""

    def make(number="+12025550100", *, status=Status.DELIVERED, by=inviter, created_at=None, **fields):
        contact = Contact.objects.create()
        message = status and Message.objects.create(contact=contact, kind="text", content={}, status=status)
        made = Invitation.objects.create(
            **{"message": "Join me on Dott", "last_sent_at": timezone.now(), **fields},
            inviter=by, contact=contact, phone_number=number, newest_message=message or None,
        )  # fmt: skip
        if created_at:
            Invitation.objects.filter(pk=made.pk).update(created_at=created_at)
        return made

    return make


@pytest.fixture
def many(inviter):
    contact = Contact.objects.create()
    messages = Message.objects.bulk_create(
        Message(contact=contact, kind="text", content={}, status=Status.READ) for _ in range(2 * PAGE_SIZE + 10)
    )
    return Invitation.objects.bulk_create(
        Invitation(
            inviter=inviter, contact=contact, phone_number="+12025550100", message=f"Message {number}",
            state="joined", last_sent_at=timezone.now(), newest_message=message,
        )
        for number, message in enumerate(messages)
    )  # fmt: skip


def shown(answer):
    return [row.pk for row in answer.context["page"].rows]


def found(dashboard, **asked):
    return set(shown(dashboard.get(LIST, asked)))


# Finding


@pytest.mark.parametrize("words", ["maria", "SILVA", "bakery", "maria bakery", "quotes", "bak quo", " Maria  Silva "])
def test_invitation_is_found_by_every_word_in_name_business_or_message(dashboard, make, words):
    maria = make(recipient_name="Maria Silva", company_name="Maria's Bakery", message="About the quotes")
    make(recipient_name="Bob", company_name="Bob's Bikes")

    assert found(dashboard, q=words) == {maria.pk}


@pytest.mark.parametrize(
    "spelling",
    ["+55 11 91234-5678", "0055 (11) 91234 5678", "5511912345678", "1234-5678", "011 91234", "5678", "+55 11 9123"],
)
def test_number_is_found_however_it_is_written(dashboard, make, spelling):
    brazilian = make("+5511912345678")
    make("+12025550100")

    assert found(dashboard, q=spelling) == {brazilian.pk}


def test_digits_are_looked_for_in_words_too(dashboard, make):
    studio = make(company_name="Studio 54321")

    assert found(dashboard, q="54321") == {studio.pk}


@pytest.mark.parametrize("words", ["%", "_", "\\", "'", "<b>", "000", "+", "x" * 200])
def test_signs_are_looked_for_as_they_are(dashboard, make, words):
    make(recipient_name="Maria")

    assert found(dashboard, q=words) == set()


def test_status_and_state_narrow_down(dashboard, make):
    failed, by_hand = make(status=Status.FAILED), make("+12025550101", status=None)
    joined = make("+12025550102", state="joined")
    expired = make("+12025550103", last_sent_at=timezone.now() - timedelta(days=400))

    assert found(dashboard, status="failed") == {failed.pk}
    assert found(dashboard, status="by_hand") == {by_hand.pk}
    assert found(dashboard, state="joined") == {joined.pk}
    assert found(dashboard, state="expired") == {expired.pk}
    assert found(dashboard, state="open") == {failed.pk, by_hand.pk}
    assert found(dashboard, status="delivered", state="joined") == {joined.pk}


def test_days_narrow_down_and_count_whole(dashboard, make):
    now = timezone.now()
    older, newer = make(created_at=now - timedelta(days=3)), make("+12025550101", created_at=now - timedelta(days=1))
    day = f"{now - timedelta(days=1):%Y-%m-%d}"

    assert found(dashboard, **{"from": day, "to": day}) == {newer.pk}
    assert found(dashboard, to=day) == {older.pk, newer.pk}


def test_only_staff_narrow_down_by_inviter(dashboard, make, inviter, jane):
    own, others = make(), make("+12025550101", by=jane)

    assert found(dashboard) == found(dashboard, inviter="jane") == {own.pk}
    inviter.is_staff = True
    inviter.save()
    assert found(dashboard) == {own.pk, others.pk}
    assert found(dashboard, inviter="JANE") == {others.pk}
    assert "by jane" in dashboard.get(LIST).content.decode()


@pytest.mark.parametrize("asked", [{"status": "lost"}, {"state": "asleep"}, {"from": "yesterday"}, {"q": "x" * 201}])
def test_filters_that_cannot_be_read_find_nothing_and_say_so(dashboard, make, asked):
    make()

    answer = dashboard.get(LIST, asked)

    assert answer.status_code == 400
    assert shown(answer) == []
    assert "These filters cannot be read" in answer.content.decode()


def test_empty_list_and_no_match_are_told_apart(dashboard, make):
    assert "Nobody invited yet" in dashboard.get(LIST).content.decode()
    make()
    assert "No invitation is like that" in dashboard.get(LIST, {"q": "nobody"}).content.decode()


def test_filters_stand_in_the_form_as_they_were_asked(dashboard, make):
    page = dashboard.get(LIST, {"q": 'Mar"ia', "status": "failed"}).content.decode()

    assert 'value="Mar&quot;ia"' in page
    assert '<option value="failed" selected>' in page
    assert re.search(r"<details[^>]* open>", page)


# Paging


def linked(answer, relation):
    link = re.search(rf'href="(\?[^"]+)" rel="{relation}"', answer.content.decode())
    asked = parse_qs(urlsplit(link[1].replace("&amp;", "&")).query) if link else None
    return asked and {name: values[0] for name, values in asked.items()}


def test_pages_go_to_the_oldest_and_back_without_gaps(dashboard, many):
    keys = sorted((each.pk for each in many), reverse=True)
    there, back, asked = [], [], {}
    while asked is not None:
        answer = dashboard.get(LIST, asked)
        there.append(shown(answer))
        asked = linked(answer, "next")
    asked = linked(answer, "prev")
    while asked is not None:
        answer = dashboard.get(LIST, asked)
        back.insert(0, shown(answer))
        asked = linked(answer, "prev")

    assert [key for page in there for key in page] == keys
    assert back == there[:-1]


def test_pages_keep_the_filters(dashboard, many):
    first = dashboard.get(LIST, {"q": "Message", "state": "joined"})

    assert linked(first, "next") == {"q": "Message", "state": "joined", "before": str(shown(first)[-1])}


@pytest.mark.parametrize("asked", [{}, {"q": "message 1"}, {"status": "read", "state": "joined"}, {"q": "0100"}])
def test_list_costs_the_same_however_long(dashboard, many, asked, django_assert_num_queries):
    # The session, the user, two for what they may do, and one for the rows.
    with django_assert_num_queries(5):
        assert len(shown(dashboard.get(LIST, asked))) > 0


@pytest.mark.parametrize("asked", [{"before": "yesterday"}, {"after": "x"}])
def test_page_that_cannot_be_read_does_not_exist(dashboard, asked):
    assert dashboard.get(LIST, asked).status_code == 404


# Staying up to date


def seen(answer):
    watched = re.search(r'hx-get="[^"]*\?seen=([^"]*)"', answer.content.decode())
    return {"seen": unquote(watched[1])} if watched else None


def test_rows_are_sent_again_only_where_they_changed(dashboard, make):
    delivered, other = make(), make("+12025550101")
    asked = {"seen": seen(dashboard.get(LIST))["seen"]}

    unchanged = dashboard.get(f"{LIST}changes/", asked)
    Message.objects.filter(pk=delivered.newest_message_id).update(status=Status.READ)
    changed = dashboard.get(f"{LIST}changes/", asked)
    again = dashboard.get(f"{LIST}changes/", seen(changed))

    assert unchanged.status_code == again.status_code == 204
    assert f'id="row-{delivered.pk}"' in changed.content.decode()
    assert f'id="row-{other.pk}"' not in changed.content.decode()
    assert "1 invitation has changed" in changed.content.decode()


def test_nothing_is_asked_about_rows_to_which_nothing_happens_any_more(dashboard, make):
    make(status=Status.READ, state="joined")
    make("+12025550101", status=Status.FAILED, state="revoked")

    assert seen(dashboard.get(LIST)) is None


def test_watching_costs_one_query_for_the_rows(dashboard, make, django_assert_num_queries):
    for number in range(9):
        make(f"+1202555010{number}")
    asked = seen(dashboard.get(LIST))

    # The session, the user, the rows.
    with django_assert_num_queries(3):
        assert dashboard.get(f"{LIST}changes/", asked).status_code == 204


def test_rows_of_others_are_not_told(dashboard, make, jane):
    others = make(by=jane)

    answer = dashboard.get(f"{LIST}changes/", {"seen": f"{others.pk}~x"})

    assert answer.status_code == 204


@pytest.mark.parametrize("text", ["x~y", "~", "," * 100, ""])
def test_whatever_is_said_to_be_seen_is_no_error(dashboard, text):
    assert dashboard.get(f"{LIST}changes/", {"seen": text}).status_code in {204, 404}


def test_watching_after_signing_out_reloads_the_page(client):
    assert client.get(f"{LIST}changes/")["HX-Refresh"] == "true"
