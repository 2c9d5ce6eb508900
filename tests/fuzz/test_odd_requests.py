"""Bodies and headers that nothing made from a schema would be: each is answered as the description says."""

import json

import pytest

from tests.described import faults_of_answer, operations

pytestmark = pytest.mark.django_db

RIGHT = json.dumps({"phoneNumber": "+12025550100", "message": "Join me", "type": "text", "text": "Hello", "rows": []})
FORM = b'--x\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n--x--\r\n'
BODIES = [
    b"", b"null", b"[]", b'"text"', b"{", b"\xff\xfe", b"\xef\xbb\xbf" + RIGHT.encode(), RIGHT.encode("utf-16"),
    b'{"phoneNumber": 1e999}', b'{"phoneNumber": ' + b"9" * 5000 + b"}", b'{"a": NaN}',
    rb'{"phoneNumber": "\ud800", "message": "\udfff", "\ud800": 1, "type": "text", "text": "\u0000"}',
    b'{"phoneNumber": {"a": [{}]}, "message": [[]], "type": ["text"], "rows": {}}',
    rb'{"rows": [{"phoneNumber": "\u0000"}, null, [[[]]], {"message": "\u0000"}], "message": "x", "name": "\u2028\n"}',
    b'{"type": "text", "phoneNumber": "+12025550100", "text": "x", "sendAt": "9999-12-31T23:59:59.999999-23:59"}',
    b'{"type": "text", "phoneNumber": "+12025550100", "text": "x", "expiresAt": "0001-01-01T00:00:00+23:59"}',
    b'{"type": "image", "phoneNumber": "+12025550100", "link": "https://[::1"}',
    b'{"type": "location", "phoneNumber": "+12025550100", "latitude": 1e308, "longitude": "-0.0"}',
    b'{"message": "x", "phoneNumber": "+12025550100", "senderEmail": "\xc3\x9f@\xe1\xba\x9e.com"}',
]  # fmt: skip
FORMS = [
    FORM % (b"file", b'; filename="a\x00.csv"', b"phone\n+12025550100"),
    FORM % (b"file", b"", b"phone\n+12025550100"),
    FORM % (b"file", b'; filename="a.csv"\r\nContent-Transfer-Encoding: base64', b"$$$"),
    FORM % (b"name", b"", b"a\x00b"),
    b"--x",
]
TYPES = [
    "", "/", "*/*", "application/*", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
    "multipart/form-data; boundary=é",
    *(f"application/json; charset={name}" for name in ("hex", "utf-16", "idna", "?")),
]  # fmt: skip
KEYS = ["é", "\x7f", "a" * 256, " ", ""]
JSON, MULTIPART = "application/json", "multipart/form-data; boundary=x"
REQUESTS = [
    *((JSON, body, {}) for body in BODIES),
    *((JSON, body, {"idempotency-key": f"key-{place}"}) for place, body in enumerate(BODIES)),
    *((MULTIPART, body, {}) for body in FORMS),
    *((media_type, RIGHT.encode(), {}) for media_type in TYPES),
    *((JSON, RIGHT.encode(), {"idempotency-key": key}) for key in KEYS),
]


TAKING_BODIES = [each for each in operations() if "requestBody" in each.said and each.said["tags"] != ["Webhooks"]]


@pytest.mark.parametrize("operation", TAKING_BODIES, ids=lambda operation: operation.label)
def test_odd_request_is_answered_as_described(operation, client, inviter, token, sandbox):
    inviter.is_staff = inviter.is_superuser = True
    inviter.save()
    client.raise_request_exception = False

    for media_type, body, headers in REQUESTS:
        signed_in = {"authorization": f"Bearer {token}", **headers}
        answer = client.generic("POST", operation.path, body, content_type=media_type, headers=signed_in)

        assert faults_of_answer(operation, answer) == [], (media_type, body[:200], headers)
