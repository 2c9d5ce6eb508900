"""What a spreadsheet would run, in whatever country, is shown as text."""

import pytest

from invitations.spreadsheet_cells import harmless

DANGEROUS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "\u00a0=1",
    "＝1",
    "a;=1",
    "a\t+1",
    "a\n@b",
    "|=1",
]


@pytest.mark.parametrize("text", DANGEROUS)
def test_what_a_spreadsheet_would_run_is_harmless(text):
    told = harmless(text)

    assert told[0] not in "=+-@\t\r\n＝＋－＠"
    for delimiter in ";\t|\n":
        assert not any(cell.lstrip()[:1] in set("=+-@＝＋－＠") for cell in told.split(delimiter) if cell.strip())


@pytest.mark.parametrize(
    "text", ["Ann", "O'Neill", "a=b", "a = b", "1+1", "x - y", "ann@example.com", "", "Müller & Söhne"]
)
def test_ordinary_text_stays_as_it_is(text):
    assert harmless(text) == text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("=1+1", "'=1+1"),
        (" =1", " '=1"),
        ("a;=1|+1", "a;'=1|'+1"),
        ("a\n @b", "a\n '@b"),
        ("\t=1", "'\t'=1"),
        ("\r", "'\r"),
    ],
)
def test_nothing_but_an_apostrophe_is_added(text, told):
    assert harmless(text) == told
