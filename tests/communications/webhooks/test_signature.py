"""X-Hub-Signature-256: HMAC-SHA256 over the raw bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communications.webhooks.signature import is_signed_by_meta

# Worked out with `openssl dgst -sha256 -hmac s3cret`.
BODY = b'{"object":"whatsapp_business_account"}'
SIGNATURE = "911fd0aa272ad28e30ab013c69b6fd0dcf41e3fbb4cca5a48a4bf3be4544ff57"


def test_known_signature_is_recognised():
    assert is_signed_by_meta(BODY, f"sha256={SIGNATURE}", "s3cret")


@pytest.mark.parametrize("secrets", ["s3cret,new", "new,s3cret", " new , s3cret ", "s3cret,", ",,s3cret"], ids=repr)
def test_any_of_several_secrets_will_do_during_a_rotation(secrets):
    assert is_signed_by_meta(BODY, f"sha256={SIGNATURE}", secrets)


@pytest.mark.parametrize(
    "header",
    ["", SIGNATURE, f"sha1={SIGNATURE}", f"SHA256={SIGNATURE}", f"sha256={SIGNATURE.upper()}", f"sha256={SIGNATURE} ",
     f"sha256={SIGNATURE[:-1]}", "sha256=", "sha256=" + "0" * 64, f"sha256={SIGNATURE[:-1]}é", "ÿ", "\ud800"],
    ids=["empty", "no prefix", "other prefix", "uppercase prefix", "uppercase hex", "space at the end", "cut",
         "prefix alone", "wrong", "not ASCII", "one letter", "half a character"],
)  # fmt: skip
def test_any_other_header_is_refused(header):
    assert not is_signed_by_meta(BODY, header, "s3cret")


@pytest.mark.parametrize("secrets", ["", " ", ",", " , "], ids=repr)
def test_without_a_secret_nothing_is_signed(secrets):
    empty_key = "b2e5f86609243407d589a3c62b12c4f1ead80954b7aa716252197611912b3f71"

    assert not is_signed_by_meta(BODY, f"sha256={empty_key}", secrets)
    assert not is_signed_by_meta(BODY, f"sha256={SIGNATURE}", secrets)


@pytest.mark.parametrize(
    "body", [BODY + b"\n", BODY.replace(b":", b": "), b""], ids=["newline", "reformatted", "empty"]
)
def test_signature_of_other_bytes_is_refused(body):
    assert not is_signed_by_meta(body, f"sha256={SIGNATURE}", "s3cret")


@given(st.binary(), st.text(), st.text())
def test_nothing_raises(body, header, secrets):
    assert is_signed_by_meta(body, header, secrets) is False
