"""Where the token may go, and how Meta writes hashes and IDs."""

import base64
import hashlib
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from urllib3.util import parse_url

from communications.graph.media_payloads import media
from communications.graph.media_protocol import hex_sha256, is_media_id, may_get_the_token
from communications.graph.multipart import FileForm

META = "https://graph.facebook.com"
SANDBOX = "http://127.0.0.1:9000"


@pytest.mark.parametrize(
    "url",
    [
        "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1&ext=2&hash=x",
        "https://graph.facebook.com/v25.0/1",
        "https://scontent.whatsapp.net/1",
        "https://mmg.whatsapp.net:443/1",
        "https://scontent.xx.fbcdn.net/1",
        "https://LOOKASIDE.FBSBX.COM/1",
    ],
)
def test_token_goes_to_metas_own_hosts(url):
    assert may_get_the_token(url, base_url=META)
    assert may_get_the_token(url, base_url="https://graph.facebook.com/")


@pytest.mark.parametrize(
    "url",
    [
        "http://lookaside.fbsbx.com/1",
        "https://lookaside.fbsbx.com:8443/1",
        "https://lookaside.fbsbx.com:99999/1",
        "https://fbsbx.com.example.com/1",
        "https://evilfbsbx.com/1",
        "https://example.com/lookaside.fbsbx.com",
        "https://example.com#.fbsbx.com/",
        "https://example.com\\.fbsbx.com/1",
        "https://example.com/\\@lookaside.fbsbx.com",
        "https://example.com@lookaside.fbsbx.com/1",
        "https://lookaside.fbsbx.com@example.com/1",
        "https://example.com\t.fbsbx.com/1",
        "https://ex\u3002fbsbx.com/1",
        "//lookaside.fbsbx.com/1",
        "ftp://lookaside.fbsbx.com/1",
        "http://127.0.0.1:9000/1",
        "https://[::1]/1",
        "",
    ],
)
def test_token_goes_nowhere_else(url):
    assert not may_get_the_token(url, base_url=META)


@given(st.text(alphabet="htps:/@\\.?#fbsxcom127evil[] \t%", max_size=40))
def test_whoever_connects_sees_the_host_that_was_checked(rest):
    url = "https://lookaside.fbsbx.com" + rest

    if may_get_the_token(url, base_url=META):
        assert (parse_url(url).host or "").lower().rstrip(".").endswith((".facebook.com", ".fbsbx.com", "fbsbx.com"))


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://127.0.0.1:9000/files/1", True),
        ("http://127.0.0.1:9001/files/1", False),
        ("http://localhost:9000/files/1", False),
        ("https://127.0.0.1:9000/files/1", False),
        ("https://lookaside.fbsbx.com/1", False),
    ],
)
def test_a_sandbox_gets_the_token_for_itself_only(url, allowed):
    assert may_get_the_token(url, base_url=SANDBOX) is allowed


@given(st.binary())
def test_hash_is_read_in_every_writing(content):
    digest = hashlib.sha256(content).digest()
    writings = [digest.hex(), digest.hex().upper(), base64.b64encode(digest).decode(), f" {digest.hex()}\n"]
    writings += [base64.urlsafe_b64encode(digest).decode().rstrip("=")]

    assert {hex_sha256(writing) for writing in writings} == {digest.hex()}


@pytest.mark.parametrize("value", [None, 7, "", "abc", "0" * 63, "g" * 64, "é" * 64, "=" * 44, ["0" * 64]])
def test_what_is_no_hash_is_none(value):
    assert hex_sha256(value) == ""


@pytest.mark.parametrize(
    ("value", "usable"),
    [("1037543291543636", True), ("a_B-1.2", True), ("1" * 100, True), ("1" * 101, False), ("", False), ("..", False),
     ("1/2", False), ("1?x", False), ("1\n", False), ("١", False), (1037, False), (None, False)],
)  # fmt: skip
def test_media_id_can_be_part_of_an_address(value, usable):
    assert is_media_id(value) is usable


def test_form_is_as_long_as_it_says_and_can_be_sent_twice():
    form = FileForm({"type": "text/plain"}, BytesIO(b"x" * 200_000), filename="file.txt", mime_type="text/plain")

    assert len(form) == len(b"".join(form)) == len(b"".join(form))


def test_file_that_grows_while_it_is_sent_does_not_break_the_form():
    file = BytesIO(b"x" * 1000)
    form = FileForm({}, file, filename="file.txt", mime_type="text/plain")
    file.seek(0, 2)
    file.write(b"y" * 1000)

    assert len(b"".join(form)) == len(form)


def test_only_what_is_given_is_sent():
    assert media("image", link="https://cdn.example.com/a.png") == {
        "type": "image",
        "image": {"link": "https://cdn.example.com/a.png"},
    }
