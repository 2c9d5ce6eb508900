"""`GET /api/analytics/`: who gets which numbers, as JSON and as CSV."""

import csv
import io
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from knox.models import AuthToken
from rest_framework.test import APIClient

from communications.api import scopes
from communications.models import Campaign
from invitations.models import InvitationBatch
from invitations.spreadsheet_cells import harmless
from tests.invitations.analytics_rows import count, invite, report, send

pytestmark = pytest.mark.django_db

PATH = "/api/analytics/"
READ = ("sent", "delivered", "read")


@pytest.fixture
def get():
    """Ask as somebody with a token."""

    def get(user, query="", **headers):
        count()
        client = APIClient()
        _row, text = AuthToken.objects.create(user)
        return client.get(f"{PATH}?{query}", headers={"Authorization": f"Bearer {text}", **headers})

    return get


@pytest.fixture
def two_inviters(inviter, jane):
    list_ = Campaign.objects.create(name="=1+1")
    invite(inviter, "+12025550100", *READ, template="hello", campaign=list_, state="joined")
    invite(inviter, "+12025550111", "sent")
    invite(jane, "+5511987654321", *READ)
    report(send("+447400123456"), "failed")
    return list_


def table(answer):
    assert answer.status_code == 200, answer.content
    return list(csv.DictReader(io.StringIO(answer.content.decode())))


def test_user_gets_own_numbers(get, inviter, two_inviters):
    body = get(inviter).json()

    assert body["invitations"] == {
        "total": 2, "sent": 2, "delivered": 1, "read": 1, "opened": 1, "joined": 1, "declined": 0, "failed": 0,
        "waiting": 0,
    }  # fmt: skip
    assert body["messages"] == {
        "total": 2, "sent": 2, "delivered": 1, "read": 1, "failed": 0, "unconfirmed": 0, "waiting": 0,
    }  # fmt: skip
    assert [(each["country"], each["messages"]["sent"]) for each in body["byCountry"]] == [("US", 2)]
    assert body["failures"] == []
    assert "byInviter" not in body


def test_staff_get_everybodys_or_one_inviters(get, boss, two_inviters):
    everybodys = get(boss).json()
    janes = get(boss, "inviter=jane").json()

    assert everybodys["messages"]["total"] == 4
    assert {each["inviter"]: each["invitations"]["total"] for each in everybodys["byInviter"]} == {
        "john": 2, "jane": 1, None: 0,
    }  # fmt: skip
    assert everybodys["failures"] == [{"code": 131026, "reason": everybodys["failures"][0]["reason"], "messages": 1}]
    assert everybodys["failures"][0]["reason"].startswith("This number cannot receive the message")
    assert janes["invitations"]["total"] == janes["messages"]["total"] == 1
    assert janes["filters"]["inviter"] == "jane"


def test_filters_and_days_are_those_of_the_address(get, boss, two_inviters):
    today = timezone.now().date()

    body = get(boss, f"from={today}&to={today}&template=hello&country=us&campaign={two_inviters.pk}").json()

    assert body["filters"] == {
        "template": "hello", "country": "us", "campaign": str(two_inviters.pk), "inviter": None,
    }  # fmt: skip
    assert body["messages"]["total"] == 1
    assert body["byCampaign"][0]["name"] == "=1+1"
    assert [each["day"] for each in body["perDay"]] == [str(today)]
    assert body["timeZone"] == "UTC"


def test_last_thirty_days_are_shown_by_default(get, inviter):
    today = timezone.now().date()

    body = get(inviter).json()

    assert (body["from"], body["to"], len(body["perDay"])) == (str(today - timedelta(days=29)), str(today), 30)
    assert body["countingSince"] is None


def test_those_without_are_asked_for_with_a_dash(get, boss, two_inviters):
    body = get(boss, "template=-&campaign=-&inviter=-").json()

    assert body["messages"]["total"] == 1
    assert body["byTemplate"][0]["template"] is None


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ("from=2026-02-30", "from", "year, month and day"),
        ("to=22.11.2026", "to", "year, month and day"),
        ("to=0001-01-05", "to", "year, month and day"),
        ("from=2026-11-22&to=2026-11-01", "from", "after the last"),
        ("from=2025-01-01&to=2026-11-22", "from", "At most 366 days"),
        ("country=XX", "country", "two letters"),
        ("country=Mexico", "country", "at most 2 characters"),
        ("campaign=spring", "campaign", "valid UUID"),
        ("campaign=00000000-0000-0000-0000-000000000000", "campaign", "no such campaign"),
        ("inviter=jane", "inviter", "your own numbers only"),
        ("template=%00", "template", "Null characters"),
    ],
)
def test_value_that_cannot_be_understood_is_named(get, inviter, jane, query, field, words):
    answer = get(inviter, query)

    body = answer.json()
    assert (answer.status_code, body["code"], body["error"]) == (400, "invalid_request", f"Invalid {field}")
    assert words in body["detail"]
    assert list(body["fields"]) == [field]


def test_staff_are_told_of_an_inviter_that_nobody_is(get, boss):
    assert "Nobody has this username" in get(boss, "inviter=nobody").json()["detail"]


def test_visitors_and_tokens_for_something_else_are_turned_away(client, inviter):
    row, text = AuthToken.objects.create(inviter)
    scopes.limit(row, [scopes.Scope.INVITATIONS])

    assert client.get(PATH).status_code == 401
    assert client.get(PATH, headers={"Authorization": f"Bearer {text}"}).status_code == 403
    assert client.get(PATH.rstrip("/")).status_code == 401


def test_signed_in_person_may_ask_too(client, inviter):
    client.force_login(inviter)

    assert client.get(PATH).status_code == 200
    assert client.post(PATH).status_code == 405


# CSV


@pytest.mark.parametrize("ask", [{"query": "format=csv"}, {"Accept": "text/csv"}])
def test_csv_tells_the_same_numbers(get, boss, two_inviters, ask):
    body = get(boss).json()
    answer = get(boss, **ask)

    rows = table(answer)

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="analytics-{body["from"]}-{body["to"]}.csv"'
    for unit in ("invitations", "messages"):
        for name, number in body[unit].items():
            assert rows[0][f"{unit}.{name}"] == str(number)
    by_country = {row["key"]: row["messages.sent"] for row in rows if row["table"] == "byCountry"}
    assert by_country == {each["country"]: str(each["messages"]["sent"]) for each in body["byCountry"]}
    assert sum(row["table"] == "perDay" for row in rows) == 30
    [failure] = [row for row in rows if row["table"] == "failures"]
    assert (failure["key"], failure["messages.total"]) == ("131026", "1")
    [delivered] = [row for row in rows if row["table"] == "timeToDelivered"]
    assert float(delivered["p50Seconds"]) == body["timeToDelivered"]["p50Seconds"]


def test_csv_holds_no_formula(get, boss, inviter, two_inviters):
    for number, name in enumerate(["+cmd", "-2+3", "@SUM(A1)", "\t=1", "=HYPERLINK(1)"]):
        send(f"+1202555013{number}", "sent", template=name)

    cells = [cell for row in table(get(boss, "format=csv")) for cell in row.values()]

    assert "'=1+1" in cells
    assert "'@SUM(A1)" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t"))]


def test_user_asks_for_own_lists_only_and_learns_of_no_other(get, inviter, jane, boss):
    own, others = (Campaign.objects.create(name=name) for name in ("Own", "Secret merger"))
    InvitationBatch.objects.create(inviter=inviter, name="Own", campaign=own)
    InvitationBatch.objects.create(inviter=jane, name="Secret merger", campaign=others)

    asked, refused, unknown = (get(inviter, f"campaign={key}") for key in (own.pk, others.pk, uuid4()))

    assert asked.status_code == get(boss, f"campaign={others.pk}").status_code == 200
    assert (refused.status_code, refused.json()) == (unknown.status_code, unknown.json())
    assert "no such campaign" in refused.content.decode()


def test_page_tells_no_name_of_anothers_list(client, inviter, jane):
    campaign = Campaign.objects.create(name="Secret merger")
    InvitationBatch.objects.create(inviter=jane, name="Secret merger", campaign=campaign)
    client.force_login(inviter)

    page = client.get(f"/dashboard/analytics/?campaign={campaign.pk}")

    assert page.status_code == 400
    assert "Secret merger" not in page.content.decode()


@pytest.mark.parametrize("name", ["x;=1+cmd|' /C calc'!A0", "x|-1", " =1+1", "＝1+1"])
def test_name_of_a_list_is_no_formula_in_any_countrys_spreadsheet(get, boss, inviter, name):
    invite(inviter, "+12025550100", *READ, campaign=Campaign.objects.create(name=name))

    cells = [cell for row in table(get(boss, "format=csv")) for cell in row.values()]

    assert harmless(name) in cells
    assert name not in cells


def test_money_is_told_in_both_forms(get, boss, two_inviters, settings, tmp_path):
    (tmp_path / "rates.csv").write_text("country,category,currency,price\n*,marketing,USD,0.0250\n")
    settings.WHATSAPP_RATE_FILE = str(tmp_path / "rates.csv")

    body, rows = get(boss).json(), table(get(boss, "format=csv"))

    assert body["cost"] == {"amounts": [{"currency": "USD", "amount": "0.0500"}], "withoutPrice": 0}
    assert [(row["key"], row["amount"]) for row in rows if row["table"] == "cost"] == [("USD", "0.0500")]
    assert [(row["key"], row["name"], row["billable"]) for row in rows if row["table"] == "billable"] == [
        ("marketing", "BR", "1"), ("marketing", "US", "1"),
    ]  # fmt: skip


def test_error_is_json_also_for_who_wants_csv(get, inviter):
    answer = get(inviter, "format=csv&from=yesterday")

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/json")
    assert answer.json()["fields"]["from"]


def test_other_forms_are_not_there(get, inviter):
    assert get(inviter, "format=xml").status_code == 404
    assert get(inviter, Accept="text/html").status_code == 406
