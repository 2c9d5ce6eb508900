"""Phone numbers as people type and paste them."""

import re
import unicodedata

import phonenumbers
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from communications.errors import InvalidPhoneNumber
from communications.phone_numbers import country_of, mask, parse

TYPED = st.text(alphabet=st.sampled_from("+0123456789 ()-./x#;,\u00a0\u200e\u202a٣３²\n"), max_size=45)
ANY_TEXT = st.text(max_size=60) | TYPED | TYPED.map(lambda text: "+" + text)


@pytest.mark.parametrize("number", ["+13855007716", "+12025550100", "+442079460000", "+4799234567", "+6581234567"])
def test_plain_number_is_accepted_as_it_is(number):
    assert parse(number).e164 == number


@pytest.mark.parametrize(
    "typed",
    [
        "+1 385 500 7716",
        "  +13855007716\n",
        "+1-385-500-7716",
        "+1 (385) 500-7716",
        "+1.385.500.7716",
        "+1/385/500/7716",
        "+1‐385‑500‒7716",
        "+1–385—500―7716",
        "+1 385−500−7716",
        "+1\u00a0385\u202f500\u20097716",
        "\u202a+1 385 500 7716\u202c",
        "\u2066+13855007716\u2069",
        "\u200e+13855007716\u200f",
        "\ufeff+1385\u200b5007716",
        "+ 1 385 500 7716",
        "+13855007716" + " " * 28,
    ],
)
def test_usual_spellings_are_understood(typed):
    assert parse(typed).e164 == "+13855007716"


@pytest.mark.parametrize(
    ("typed", "e164"),
    [
        ("+44 (0)20 7946 0000", "+442079460000"),
        ("+49 (0) 1512 3456789", "+4915123456789"),
        ("+33 (0)6 12 34 56 78", "+33612345678"),
        ("+39 06 1234 5678", "+390612345678"),
    ],
    ids=["United Kingdom", "Germany", "France", "Italy keeps its zero"],
)
def test_trunk_zero_is_left_out_where_the_country_leaves_it_out(typed, e164):
    assert parse(typed).e164 == e164


@pytest.mark.parametrize(
    ("country", "spellings", "canonical"),
    [
        ("BR", ["+551187654321", "+5511987654321", "+55 11 8765-4321", "+55 (11) 98765-4321"], "+5511987654321"),
        ("MX", ["+5215512345678", "+525512345678", "+52 1 55 1234 5678"], "+525512345678"),
        ("AR", ["+541123456789", "+5491123456789", "+54 9 11 2345-6789"], "+5491123456789"),
    ],
    ids=["Brazil", "Mexico", "Argentina"],
)
def test_old_and_new_spellings_are_one_number(country, spellings, canonical):
    parsed = [parse(spelling) for spelling in spellings]

    assert {number.e164 for number in parsed} == {canonical}
    assert {number.country for number in parsed} == {country}
    assert parse(canonical).e164 == canonical


@pytest.mark.parametrize("landline", ["+551132345678", "+552125551234", "+556133112233"])
def test_landlines_of_brazil_get_no_ninth_digit(landline):
    assert parse(landline).e164 == landline


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "missing"),
        (" \t\u00a0\u200e", "missing"),
        ("3855007716", "no_country_code"),
        ("13855007716", "no_country_code"),
        ("0044 20 7946 0000", "no_country_code"),
        ("(+1) 385 500 7716", "no_country_code"),
        ("+999123456789", "unknown_country_code"),
        ("+0123456789", "unknown_country_code"),
        ("+", "not_digits"),
        ("+()", "too_short"),
        ("+1234567890", "too_short"),
        ("+1 385", "too_short"),
        ("+5007716", "too_short"),
        ("+138550077165", "too_long"),
        ("+1 385 500 7716 385 500 7716 22", "too_long"),
        ("+" + "1" * 10_000, "too_long"),
        # German numbers have up to 15 digits after the 49, and E.164 has 15 with it.
        ("+49932000029292904", "too_long"),
        ("+13855007716" + " " * 10_000, "too_long"),
        ("+13855007716" + " " * 29, "too_long"),
        ("+11855007716", "not_a_number_of_that_country"),
        ("+12001234567", "not_a_number_of_that_country"),
        ("+18005550199", "not_reachable"),
        ("+19005550199", "not_reachable"),
        ("+448001111111", "not_reachable"),
        ("+1 385 FLOWERS", "not_digits"),
        ("tel:+13855007716", "not_digits"),
        ("+13855007716 ext 5", "not_digits"),
        ("+13855007716x5", "not_digits"),
        ("+13855007716;ext=5", "not_digits"),
        ("+13855007716#5", "not_digits"),
        ("+13855007716,5", "not_digits"),
        ("+١٣٨٥٥٠٠٧٧١٦", "not_digits"),
        ("+１３８５５００７７１６", "not_digits"),
        ("+1385500771²", "not_digits"),
        ("+13855007716\x00", "not_digits"),
        ("+1385500\n7716", "not_digits"),
        ("+13855007716 +14155550123", "several_plus_signs"),
        ("++13855007716", "several_plus_signs"),
        (None, "not_text"),
        (13855007716, "not_text"),
        (["+13855007716"], "not_text"),
        (b"+13855007716", "not_text"),
        (True, "not_text"),
    ],
    ids=lambda value: ascii(value)[:30].replace("\\", ""),
)
def test_refusal_names_its_reason_and_what_to_do(typed, reason):
    with pytest.raises(InvalidPhoneNumber) as refused:
        parse(typed)

    assert refused.value.reason == reason
    assert refused.value.error == "Invalid phone number"
    assert re.fullmatch(r"[A-Z].+\.", refused.value.detail)
    assert len(refused.value.detail) < 200


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("+13855007716#5", "extensions"),
        ("+13855007716;5", "extensions"),
        ("+13855007716,5", "extensions"),
        ("+()", "too short"),
        ("+1 385 500 7716 385 500 7716 22", "too long"),
        ("+44 20 7946", "too few digits for the country code +44"),
        ("+4420794600001", "too many digits for the country code +44"),
        ("+441111111111", "not a number in use in the country code +44"),
    ],
)
def test_refusal_says_what_is_to_be_looked_at(typed, words):
    with pytest.raises(InvalidPhoneNumber, match=re.escape(words)):
        parse(typed)


@given(ANY_TEXT)
@example("+5511" + "8" * 8)
@example("+54 0 11 15 2345 6789")
@example("+8001234567890")
@example("+870773111632")
def test_any_text_is_a_number_or_refused_and_parsing_twice_changes_nothing(text):
    try:
        number = parse(text)
    except InvalidPhoneNumber:
        return
    assert re.fullmatch(r"\+[1-9][0-9]{6,14}", number.e164, re.ASCII)
    assert parse(number.e164) == number
    assert parse(number.international) == number


@given(st.from_regex(r"\+(55|52|521|54|549)[0-9]{8,12}", fullmatch=True))
def test_parsing_twice_changes_nothing_where_spellings_differ(text):
    try:
        number = parse(text)
    except InvalidPhoneNumber:
        return
    assert parse(number.e164) == number


@given(st.from_type(object) | st.integers() | st.lists(st.text()))
def test_whatever_is_not_text_is_refused(value):
    if isinstance(value, str):
        return
    with pytest.raises(InvalidPhoneNumber):
        parse(value)


def test_international_form_is_for_people():
    assert parse("+13855007716").international == "+1 385-500-7716"


@pytest.mark.parametrize(
    ("number", "masked"),
    [("+13855007716", "+13*******16"), ("+1234567", "+12***67"), ("+123456", "+***"), ("", "+***")],
)
def test_mask_keeps_two_digits_at_each_end_of_what_is_long_enough(number, masked):
    assert mask(number) == masked


@given(ANY_TEXT)
@example("+123456")
@example("٠١٢٣٤٥٦٧٨٩")
def test_mask_never_shows_more_than_four_digits(text):
    shown = [char for char in mask(text) if unicodedata.category(char) in {"Nd", "No", "Nl"}]

    assert len(shown) <= 4


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("+13855007716", "US"), ("+18095551234", "DO"), ("+16135550123", "CA"), ("+447400123456", "GB"),
        ("+447781123456", "GG"), ("+77012345678", "KZ"), ("+79161234567", "RU"), ("+573001234567", "CO"),
        ("+39054488", "IT"), ("+870773111632", ""), ("+999123456789", ""), ("+", ""), ("", ""), ("abc", ""),
        ("+10005550100", ""), ("+1", ""), ("+971501234567", "AE"), ("+358401234567", "FI"),
    ],
)  # fmt: skip
def test_country_is_told_from_the_number_alone(number, country):
    assert country_of(number) == country


@given(st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)), st.integers(0, 10), st.integers(0, 999))
def test_country_is_the_same_for_all_numbers_that_differ_in_the_last_three_digits(region, kind, ending):
    example_number = phonenumbers.example_number_for_type(region, kind)
    assume(example_number is not None)
    e164 = phonenumbers.format_number(example_number, phonenumbers.PhoneNumberFormat.E164)
    number = phonenumbers.parse(f"{e164[:-3]}{ending:03}")
    assume(phonenumbers.is_valid_number(number))

    assert country_of(f"{e164[:-3]}{ending:03}") == phonenumbers.region_code_for_number(number)


@pytest.mark.parametrize(
    ("raw", "country", "e164"),
    [
        ("020 7946 0018", "GB", "+442079460018"),
        ("0044 20 7946 0018", "GB", "+442079460018"),
        ("(202) 555-0100", "US", "+12025550100"),
        ("11 8765-4321", "BR", "+5511987654321"),
        ("+34 612 34 56 78", "GB", "+34612345678"),
    ],
)
def test_number_without_its_plus_is_read_as_people_of_the_country_write_it(raw, country, e164):
    assert parse(raw, country=country).e164 == e164


@pytest.mark.parametrize("raw", ["", "12", "call me", "()", "1-800-FLOWERS", "020 7946 0018 ext 5"])
def test_country_makes_no_number_of_what_is_none(raw):
    with pytest.raises(InvalidPhoneNumber):
        parse(raw, country="GB")
