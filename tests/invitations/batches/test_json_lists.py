"""Lists in the body of a JSON request."""

import io
import json
import tracemalloc

import pytest

from invitations.batches.json_lists import JSONList, NotAJSONObject, NotJSON
from invitations.batches.list_rows import ListRow


def opened(body):
    return JSONList.open(io.BytesIO(body if isinstance(body, bytes) else json.dumps(body).encode()))


def test_rows_and_common_fields_in_any_order():
    body = {
        "name": "Fair",
        "rows": [{"phoneNumber": "+12025550100", "recipientName": "Ann", "companyName": "Acme", "message": "Hi\nAnn"}],
        "consent": True,
        "message": None,
        "extra": {"rows": [1]},
    }

    found = opened(body)

    assert list(found.rows()) == [ListRow(1, "+12025550100", "Ann", "Acme", "Hi\nAnn")]
    assert found.common == {"name": "Fair", "rows": [], "consent": True, "message": None, "extra": {}}


def test_rows_may_be_read_again():
    found = opened({"rows": [{"phoneNumber": "+12025550100"}]})

    assert [list(found.rows()) for _ in range(2)] == [[ListRow(1, "+12025550100")]] * 2


@pytest.mark.parametrize("body", [{"rows": {"a": {"phoneNumber": "+1"}}}, {"others": [{"phoneNumber": "+1"}]}])
def test_what_is_no_list_or_no_list_of_rows_has_none(body):
    assert list(opened(body).rows()) == []


@pytest.mark.parametrize("row", ["+12025550100", 12025550100, None, ["+12025550100"], True])
def test_row_that_is_no_object_says_so(row):
    assert [each.problem for each in opened({"rows": [row]}).rows()] == ["This row is no JSON object."]


def test_values_are_not_converted():
    [number, name] = opened({"rows": [{"phoneNumber": 12025550100}, {"phoneNumber": "+1", "recipientName": {}}]}).rows()

    assert number.problem == "Give phoneNumber as text in quotes."
    assert name.problem == "Give recipientName as text in quotes."


def test_null_counts_as_absent():
    assert list(opened({"rows": [{"phoneNumber": "+1", "recipientName": None}]}).rows()) == [ListRow(1, "+1")]


@pytest.mark.parametrize("body", [b"", b"{", b'{"rows": [', b"nonsense", b'{"a": NaN}', b'{"a": "\xff"}', b"{} {}"])
def test_what_is_no_json_is_refused(body):
    with pytest.raises(NotJSON):
        opened(body)


@pytest.mark.parametrize("body", [[], [{"rows": []}], "text", 5, None])
def test_json_that_is_no_object_is_refused(body):
    with pytest.raises(NotAJSONObject):
        opened(body)


@pytest.mark.parametrize("value", [b"9" * 5000, b"-" + b"9" * 5000, b"1e999", b"1e99999999999999999999"])
def test_number_that_nothing_holds_is_refused_and_ends_no_process(value):
    """ijson's own reading of them ended the process, at the latest the third time."""
    for _ in range(200):
        with pytest.raises(NotJSON):
            opened(b'{"rows": [{"phoneNumber": ' + value + b"}]}")


@pytest.mark.parametrize("body", [b'{"name": "\\udfff"}', b'{"rows": [{"\\udfff": "x"}]}'])
def test_half_of_a_surrogate_pair_is_refused(body):
    with pytest.raises(NotJSON):
        opened(body)


def test_depth_is_no_danger():
    deep = b'{"rows": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"

    assert [row.problem for row in opened(deep).rows()] == ["This row is no JSON object."]


def test_memory_does_not_grow_with_the_list():
    row = b'{"phoneNumber": "+12025550100", "recipientName": "Ann", "companyName": "Acme"}'
    peaks = []
    for count in (1_000, 30_000):
        body = b'{"rows": [' + b",".join([row] * count) + b"]}"
        file = io.BytesIO(body)
        tracemalloc.start()
        assert sum(1 for _ in JSONList.open(file).rows()) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert peaks[1] < peaks[0] + 1_000_000
