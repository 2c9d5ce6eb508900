"""What a request declares of its body."""

import pytest
from django.test import RequestFactory

from communications.request_bodies import declared_length


@pytest.mark.parametrize(
    ("declared", "length"),
    [("17", 17), ("104857600", 104_857_600), ("0", 0), ("", 0), (None, 0), ("many", 0), ("1.5", 0), ("0x11", 0)],
)
def test_length_is_what_it_says_and_nothing_where_it_says_no_number(declared, length):
    request = RequestFactory().post("/", b"", content_type="application/json")
    request.META["CONTENT_LENGTH"] = declared

    assert declared_length(request) == length
