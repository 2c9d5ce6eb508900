"""What a browser is told that our pages may do."""

import base64
import hashlib
import re
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from django.test import Client

from pyfactor.policies import PLAIN_ERROR_STYLE

pytestmark = pytest.mark.django_db

TEMPLATES = Path(__file__).parent.parent.glob("*/templates/**/*.html")


@pytest.mark.parametrize("path", ["/accounts/login/", "/i/nobody/", "/api/invitations/", "/admin/login/"])
def test_every_answer_forbids_what_is_inline_and_what_comes_from_elsewhere(path):
    answer = Client().get(path)

    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "camera=()" in answer["Permissions-Policy"]
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] in {"same-origin", "no-referrer"}


def test_style_of_the_plain_error_page_is_the_one_that_is_allowed():
    [style] = re.findall(r"<style>(.*?)</style>", render_to_string("500.html"), re.DOTALL)

    assert f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'" == PLAIN_ERROR_STYLE


@pytest.mark.parametrize("template", sorted(TEMPLATES), ids=lambda path: path.name)
def test_no_page_has_anything_inline(template):
    text = template.read_text()

    assert not re.search(r"\s(style|on[a-z]+)=", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert template.name == "plain_error.html" or "<style" not in text
