"""What spreadsheets and address books do to numbers."""

import pytest

from communications.errors import InvalidPhoneNumber
from communications.phone_numbers import parse
from invitations.batches.number_cells import number_in


@pytest.mark.parametrize(
    "cell",
    [
        "+13855007716",
        " +1 (385) 500-7716 ",
        "'+13855007716",
        '="+13855007716"',
        '= "+1 385 500 7716"',
        "tel:+1-385-500-7716",
        "whatsapp:+13855007716",
        "+13855007716.0",
        "+13855007716,00",
        "+1.3855007716E+10",
        "\u202a+1\u00a0385\u00a0500\u00a07716\u202c",
    ],
)
def test_what_programs_do_to_a_number_is_undone(cell):
    assert number_in(cell).e164 == "+13855007716"


@pytest.mark.parametrize("cell", ["1.38555E+10", "1,38555E+10", "1.38555e10", "4.47911E+11", "1E+4"])
def test_number_that_was_cut_short_is_explained(cell):
    with pytest.raises(InvalidPhoneNumber) as caught:
        number_in(cell, country="US")

    assert caught.value.reason == "cut_by_spreadsheet"
    assert cell in caught.value.detail
    assert "Format the column as text" in caught.value.detail


@pytest.mark.parametrize(
    ("cell", "country", "e164"),
    [
        ("(385) 500-7716", "US", "+13855007716"),
        ("13855007716", "US", "+13855007716"),
        ("13855007716.0", "US", "+13855007716"),
        ("011 49 151 23456789", "US", "+4915123456789"),
        ("020 7946 0018", "GB", "+442079460018"),
        ("0044 20 7946 0018", "GB", "+442079460018"),
        ("612 34 56 78", "ES", "+34612345678"),
        ("11 8765-4321", "BR", "+5511987654321"),
        ("55 1234 5678", "MX", "+525512345678"),
        ("+34 612 34 56 78", "US", "+34612345678"),
    ],
)
def test_number_without_its_plus_is_one_of_the_country_that_was_named(cell, country, e164):
    assert number_in(cell, country=country).e164 == e164


@pytest.mark.parametrize("country", ["", "US"])
@pytest.mark.parametrize("cell", ["", "abc", "12", "+1", "1-800-FLOWERS", "+12025550100 / +12025550101", "n/a", "()"])
def test_what_is_no_number_is_refused_as_a_single_one_is(cell, country):
    with pytest.raises(InvalidPhoneNumber):
        number_in(cell, country=country)


def test_without_a_country_the_plus_is_asked_for():
    with pytest.raises(InvalidPhoneNumber) as caught:
        number_in("3855007716")

    with pytest.raises(InvalidPhoneNumber) as single:
        parse("3855007716")
    assert caught.value.detail == single.value.detail


def test_number_that_is_whole_again_needs_its_country_code_like_any_other():
    with pytest.raises(InvalidPhoneNumber) as caught:
        number_in("1.3855007716E+10")

    assert caught.value.reason == "no_country_code"


@pytest.mark.parametrize("cell", ["tel:", "'", '=""', "wa: "])
def test_wrapping_without_a_number_is_a_missing_number(cell):
    with pytest.raises(InvalidPhoneNumber) as caught:
        number_in(cell)

    assert caught.value.reason == "missing"


def wrapped(length):
    return '="+1 385 500 7716' + " " * (length - 18) + '"'


def test_cell_is_unwrapped_up_to_a_hundred_characters():
    assert number_in(wrapped(100)).e164 == "+13855007716"
    with pytest.raises(InvalidPhoneNumber) as caught:
        number_in(wrapped(101))
    assert caught.value.reason == "too_long"
