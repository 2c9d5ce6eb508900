"""Whole lists over the API."""

import json
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from knox.models import AuthToken
from rest_framework.test import APIClient

from communications.api import scopes
from communications.models import Message
from invitations.batches import judging, list_rows
from invitations.models import BatchPiece, InvitationBatch
from tests.invitations.batches.conftest import BATCHES, BULK, numbers, verdicts_of, work_off

pytestmark = pytest.mark.django_db(transaction=True)

CSV = "phone;name\r\n+12025550100;José\r\n+12025550101;Ann\r\n"


def judge():
    while judging.judge_due():
        pass


# Taking a list in


def test_json_list_is_taken_in_and_judged_afterwards(post_list, sandbox):
    answer = post_list(
        [{"phoneNumber": "+12025550100", "recipientName": "Ann", "message": "Hello Ann"}, {"phoneNumber": "call me"}],
        name="Spring fair",
        senderName="Jane",
        consent=True,
        includeLink=True,
    )

    body, batch = answer.json(), InvitationBatch.objects.get()
    assert answer.status_code == 202
    assert (body["success"], body["state"], body["rows"], body["name"]) == (True, "judging", 2, "Spring fair")
    assert body["batchId"] == str(batch.pk)
    assert body["url"] == f"http://testserver{BATCHES}{batch.pk}/"
    assert (batch.sender_name, batch.has_consent, batch.link_base) == ("Jane", True, "http://testserver")
    judge()
    assert verdicts_of(batch) == [(1, "valid"), (2, "invalid_phone_number")]
    assert batch.rows.get(number=1).words == "Hello Ann"
    assert not Message.objects.exists()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_csv_file_is_taken_in_as_it_was_saved(upload, encoding):
    answer = upload(CSV.encode(encoding), name="Fair", consent="true", includeLink="false", country="us")

    judge()
    batch = InvitationBatch.objects.get()
    assert answer.status_code == 202
    assert (batch.row_count, batch.has_consent, batch.link_base, batch.country) == (2, True, "", "US")
    assert batch.rows.get(number=2).recipient_name == "José"
    assert bool(batch.warnings) == (encoding == "cp1252")


def test_list_without_a_name_and_sender_gets_them(upload):
    upload(CSV)

    batch = InvitationBatch.objects.get()
    assert batch.name.startswith(f"List of {datetime.now(UTC):%Y-%m-%d}")
    assert (batch.sender_name, batch.sender_email) == ("John Doe", "john@example.com")


def test_name_is_one_line_because_the_report_is_called_so(upload, api):
    batch_id = upload(CSV, name="Fair\r\nX-Evil: 1").json()["batchId"]

    report = api.get(f"{BATCHES}{batch_id}/report/")

    assert report["Content-Disposition"] == 'attachment; filename="Fair X-Evil: 1.csv"'


def test_numbers_without_their_plus_are_of_the_country_that_is_named(upload):
    upload("phone\n(202) 555-0100\n", country="US")
    judge()

    assert InvitationBatch.objects.get().rows.get().phone_number == "+12025550100"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"message": 5}, "message"),
        ({"message": "x" * 4097}, "message"),
        ({"name": "x" * 201}, "name"),
        ({"senderEmail": "nobody"}, "senderEmail"),
        ({"consent": "yes"}, "consent"),
        ({"includeLink": 1}, "includeLink"),
        ({"country": "USA"}, "country"),
        ({"rows": {"phoneNumber": "+12025550100"}}, "rows"),
        ({"rows": "+12025550100"}, "rows"),
        ({"rows": None}, "rows"),
    ],
)
def test_wrong_fields_are_named(api, may_invite_in_bulk, fields, wrong):
    body = {"message": "Hi", "rows": [{"phoneNumber": "+12025550100"}], **fields}

    answer = api.post(BULK, json.dumps(body), content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert list(answer.json()["fields"]) == [wrong]
    assert not InvitationBatch.objects.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "It is empty"),
        (b"PK\x03\x04....", "workbook"),
        (b"name\nAnn\n", "No column"),
        (b"phone\n", "no row"),
    ],
)
def test_file_that_is_no_list_is_refused_with_what_to_do(upload, content, words):
    answer = upload(content)

    assert answer.status_code == 400
    assert words in answer.json()["detail"]
    assert not InvitationBatch.objects.exists()
    assert not BatchPiece.objects.exists()


def test_list_with_too_many_rows_is_refused_and_nothing_is_kept(upload, post_list, monkeypatch):
    monkeypatch.setattr(list_rows, "ROW_LIMIT", 2)

    answers = [upload(CSV + "+12025550102;Bob\r\n"), post_list([{"phoneNumber": number} for number in numbers(3)])]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(400, "invalid_list")] * 2
    assert "more than 2 rows" in answers[0].json()["detail"]
    assert not InvitationBatch.objects.exists()
    assert not BatchPiece.objects.exists()
    assert upload(CSV).status_code == post_list([{"phoneNumber": number} for number in numbers(2)]).status_code == 202


def test_empty_list_is_refused(post_list):
    assert post_list([]).json()["code"] == "invalid_list"


@pytest.mark.parametrize("body", ["", "{", "[]", '"text"'])
def test_body_that_is_no_object_is_refused(api, may_invite_in_bulk, body):
    answer = api.post(BULK, body, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


def test_large_lists_are_taken_and_larger_ones_refused_before_they_are_read(api, may_invite_in_bulk, upload):
    large = upload("phone,name\n" + "".join(f"{number},{'A' * 200}\n" for number in numbers(1000)))
    too_large = api.post(BULK, "{}", content_type="application/json", headers={"Content-Length": str(30 * 1024**2)})

    assert large.status_code == 202
    assert (too_large.status_code, too_large.json()["code"]) == (413, "body_too_large")
    assert "20544 KB" in too_large.json()["detail"]


def test_other_kinds_of_body_are_refused(api, may_invite_in_bulk):
    answer = api.post(BULK, "phone\n+12025550100\n", content_type="text/csv")

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    assert "JSON, or a form with a CSV file" in answer.json()["error"]


def test_form_without_a_file_is_refused(api, may_invite_in_bulk):
    assert list(api.post(BULK, {"message": "Hi"}).json()["fields"]) == ["rows"]
    assert list(api.post(BULK, {"message": "Hi", "file": "phone"}).json()["fields"]) == ["file"]


def test_memory_of_a_request_does_not_grow_with_its_list(api, may_invite_in_bulk):
    import tracemalloc

    peaks = []
    for count in (1_000, 20_000):
        file = SimpleUploadedFile("list.csv", b"phone\n" + b"".join(b"+4915123%06d\n" % n for n in range(count)))
        size = file.size
        tracemalloc.start()
        assert api.post(BULK, {"message": "Hi", "file": file}).status_code == 202
        # What the test client itself holds of the file is not ours.
        peaks.append(tracemalloc.get_traced_memory()[1] - 4 * size)
        tracemalloc.stop()

    assert peaks[1] < peaks[0] + 3_000_000


# Who may


def test_it_takes_the_permission(api, inviter):
    answer = api.post(BULK, json.dumps({"rows": []}), content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert "invitations.invite_in_bulk" in answer.json()["detail"]


def test_it_takes_a_sign_in(client):
    assert client.post(BULK).status_code == 401


def test_token_needs_the_scope(may_invite_in_bulk, post_list):
    row, text = AuthToken.objects.create(may_invite_in_bulk)
    scopes.limit(row, [scopes.Scope.MESSAGES])
    client = APIClient(headers={"Authorization": f"Bearer {text}"})

    assert [client.post(BULK).status_code, client.get(BATCHES).status_code] == [403, 403]


def test_file_from_a_page_of_another_site_is_refused(may_invite_in_bulk):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(may_invite_in_bulk)

    answer = browser.post(
        BULK, {"file": SimpleUploadedFile("x.csv", CSV.encode())}, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert answer.status_code == 403
    assert not InvitationBatch.objects.exists()


def test_batches_of_others_do_not_exist(judged, api, django_user_model, sandbox):
    batch = judged(numbers(1))
    stranger = django_user_model.objects.create_user("jane")
    stranger.user_permissions.add(Permission.objects.get(codename="invite_in_bulk"))
    client = APIClient(headers={"Authorization": f"Bearer {AuthToken.objects.create(stranger)[1]}"})
    address = f"{BATCHES}{batch.pk}/"

    gets = [client.get(address), client.get(f"{address}report/")]
    posts = [client.post(f"{address}{change}/") for change in ("start", "pause", "resume", "cancel")]

    assert [answer.status_code for answer in [*gets, *posts]] == [404] * 6
    assert client.get(BATCHES).json()["results"] == []
    stranger.is_staff = True
    stranger.save()
    assert client.get(address).status_code == 200
    assert len(client.get(BATCHES).json()["results"]) == 1


def test_who_lost_the_permission_may_look_pause_and_cancel_but_not_send(judged, api, inviter, sandbox):
    address = f"{BATCHES}{judged(numbers(1)).pk}/"
    inviter.user_permissions.clear()

    statuses = [
        api.get(address),
        api.post(f"{address}start/"),
        api.post(f"{address}resume/"),
        api.post(f"{address}cancel/"),
    ]

    assert [answer.status_code for answer in statuses] == [200, 403, 403, 200]


@pytest.mark.parametrize("word", ["nonsense", "00000000-0000-0000-0000-000000000000", "1"])
def test_what_is_no_batch_is_404_in_json(api, inviter, word):
    answer = api.get(f"{BATCHES}{word}/")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


# Once


def test_same_key_keeps_one_list_and_gives_one_answer(upload, post_list):
    files = [upload(CSV, name="Fair", headers={"Idempotency-Key": "a"}) for _time in range(3)]
    bodies = [post_list([{"phoneNumber": "+12025550100"}], headers={"Idempotency-Key": "b"}) for _time in range(3)]

    assert [answer.status_code for answer in [*files, *bodies]] == [202] * 6
    assert [answer.json() for answer in files] == [files[0].json()] * 3
    assert InvitationBatch.objects.count() == 2


def test_same_key_for_another_list_or_other_words_is_refused(upload):
    key = {"Idempotency-Key": "a"}
    upload(CSV, headers=key)

    others = [upload(CSV + "+12025550102;Bob\r\n", headers=key), upload(CSV, message="Other words", headers=key)]

    assert [answer.status_code for answer in others] == [422, 422]
    assert InvitationBatch.objects.count() == 1


def test_list_that_was_refused_releases_its_key(upload, monkeypatch):
    key = {"Idempotency-Key": "a"}
    with monkeypatch.context() as small:
        small.setattr(list_rows, "ROW_LIMIT", 1)
        assert upload(CSV, headers=key).status_code == 400

    assert upload(CSV, headers=key).status_code == 202


def test_answer_to_a_key_is_kept_with_the_list_or_not_at_all(upload, monkeypatch):
    from invitations.batches import views

    key = {"Idempotency-Key": "a"}
    with monkeypatch.context() as broken:
        broken.setattr(views.idempotency, "settle", lambda *args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            upload(CSV, headers=key)
    assert not InvitationBatch.objects.exists()


# The life of a batch


def test_list_is_started_watched_and_finished(judged, api, sandbox):
    batch = judged([*numbers(3), "call me"])
    address = f"{BATCHES}{batch.pk}/"

    before = api.get(address).json()
    started = api.post(f"{address}start/").json()
    work_off()
    cache.clear()
    after = api.get(address).json()

    assert (before["state"], before["people"], before["statuses"]) == ("ready", 3, {})
    assert before["verdicts"] == {"valid": 3, "invalid_phone_number": 1}
    assert before["preview"][0] | {"message": None} == {
        "row": 1, "phoneNumber": numbers(1)[0], "recipientName": "", "type": "text", "language": None,
        "message": None, "problem": None,
    }  # fmt: skip
    assert before["preview"][0]["message"]["body"] == "Join me on Dott"
    assert before["progress"]["messagesPerSecond"] == 80
    assert (started["success"], started["state"]) == (True, "running")
    assert started["statuses"] == {"waiting": 3}
    assert started["progress"]["finishesAt"]
    assert (after["state"], after["statuses"], after["progress"]["percent"]) == ("finished", {"accepted": 3}, 100)
    assert after["finishedAt"]


def test_pause_resume_and_cancel(judged, api, sandbox):
    address = f"{BATCHES}{judged(numbers(3)).pk}/"

    states = [api.post(f"{address}{change}/").json()["state"] for change in ("start", "pause", "resume", "cancel")]
    conflict = api.post(f"{address}resume/")

    assert states == ["running", "paused", "running", "cancelled"]
    assert (conflict.status_code, conflict.json()["code"]) == (409, "batch_conflict")
    assert conflict.json()["detail"] == "It was cancelled. Send the list anew if it is wanted after all."


def test_list_that_cannot_be_sent_now_says_why(judged, api):
    address = f"{BATCHES}{judged(numbers(1)).pk}/"

    answer = api.post(f"{address}start/")

    assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")
    assert api.get(address).json()["cautions"][0]["blocking"] is True


def test_batches_are_listed_newest_first_in_pages(judged, api):
    batches = [judged(numbers(1)) for _n in range(51)]

    first = api.get(BATCHES).json()
    second = api.get(first["next"]).json()

    ids = [batch["batchId"] for page in (first, second) for batch in page["results"]]
    assert ids == [str(batch.pk) for batch in reversed(batches)]


def test_report_is_a_csv_file(judged, api):
    batch = judged(["+12025550100"], name="Spring fair")

    answer = api.get(f"{BATCHES}{batch.pk}/report/", headers={"Accept": "text/csv"})

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="Spring fair.csv"'
    assert b"".join(answer.streaming_content).decode().splitlines()[1].startswith("1,+12025550100,")


def test_addresses_work_without_their_last_slash(judged, api, sandbox):
    address = f"{BATCHES}{judged(numbers(1)).pk}"

    assert [api.get(BATCHES.rstrip("/")).status_code, api.get(address).status_code] == [200, 200]
    assert api.post(f"{address}/start").json()["state"] == "running"


def test_requests_are_counted_towards_the_rate(upload, settings):
    settings.INVITATION_RATE = "1/min"

    assert [upload(CSV).status_code, upload(CSV).status_code] == [202, 429]
