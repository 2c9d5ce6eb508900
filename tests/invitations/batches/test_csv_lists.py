"""CSV files as spreadsheets and address books save them."""

import csv
import io
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invitations.batches.csv_lists import CSVList
from invitations.batches.list_rows import ListRefused, ListRow

RECORDS = [
    ["Teléfono", "Nombre", "Empresa", "Mensaje"],
    ["+34612345678", "José Muñoz", "Núñez, Hijos; y Cía", "Hola:\n¿qué tal?\n\nJosé"],
    ["+34612345679", "Ana “la Jefa”", "", ""],
]
PEOPLE = [
    ListRow(2, "+34612345678", "José Muñoz", "Núñez, Hijos; y Cía", "Hola:\n¿qué tal?\n\nJosé"),
    ListRow(3, "+34612345679", "Ana “la Jefa”"),
]


def saved(records, *, delimiter=",", encoding="utf-8", line_end="\r\n"):
    """A file as a spreadsheet saves it."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=line_end).writerows(records)
    return text.getvalue().encode(encoding)


def rows_in(content):
    return list(CSVList.open(io.BytesIO(content)).rows())


def phones_in(content):
    return [row.phone for row in rows_in(content)]


def refusal_of(content):
    with pytest.raises(ListRefused) as caught:
        rows_in(content)
    return caught.value.detail


@pytest.mark.parametrize("line_end", ["\r\n", "\n"], ids=["crlf", "lf"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"], ids=["comma", "semicolon", "tab", "bar"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_each_encoding_with_each_delimiter(encoding, delimiter, line_end):
    assert rows_in(saved(RECORDS, delimiter=delimiter, encoding=encoding, line_end=line_end)) == PEOPLE


def test_marks_of_utf_16_of_either_kind():
    text = "phone\r\n+12025550100\r\n"

    assert phones_in(b"\xff\xfe" + text.encode("utf-16-le")) == ["+12025550100"]
    assert phones_in(b"\xfe\xff" + text.encode("utf-16-be")) == ["+12025550100"]


def test_what_is_not_unicode_is_read_as_windows_saves_it_however_late_it_shows():
    late = [["phone", "name"], *([f"+1202555{n:04}", "Ann"] for n in range(9000)), ["+33612345678", "Zoë Brûlé"]]

    opened = CSVList.open(io.BytesIO(saved(late, encoding="cp1252")))

    assert opened.encoding == "cp1252"
    assert list(opened.rows())[-1].recipient_name == "Zoë Brûlé"


def test_bytes_that_windows_does_not_know_do_not_end_the_list():
    assert rows_in(b"phone,name\n+12025550100,Ann\x81\xe9\n")[0].recipient_name == "Ann\ufffdé"


@pytest.mark.parametrize(
    "name",
    [
        "phone", "Phone Number", "phoneNumber", "PHONE_NUMBER", "phone-no.", "WhatsApp", "Mobile", "Tel.", "Teléfono",
        "TELEFONO", "Nº de teléfono", "Móvil", "celular", "Numéro de téléphone", "Portable", "Telefone", "telemóvel",
        "Telefonnummer", "Handy", "Cellulare", "Телефон", "电话", "電話番号", "전화번호", "رقم الهاتف", "फ़ोन",
        "Phone 1 - Value",
    ],
)  # fmt: skip
def test_column_of_numbers_is_known_in_many_spellings(name):
    people = rows_in(saved([["Nombre", name, "Company"], ["Ann", "0151 23456", "Acme"]]))

    assert people == [ListRow(2, "0151 23456", "Ann", "Acme")]


def test_column_of_numbers_with_a_name_of_its_own_is_found_by_its_numbers():
    people = rows_in(saved([["Vorname", "Nachname", "Kontaktdaten"], ["Max", "Muster", "+49 151 23456789"]]))

    assert people == [ListRow(2, "+49 151 23456789", "Max Muster")]


def test_whatsapp_number_goes_before_the_mobile_and_the_mobile_before_others():
    people = rows_in(
        saved([
            ["Phone", "Mobile", "WhatsApp"],
            ["+12025550101", "+12025550102", "+12025550103"],
            ["+12025550101", "+12025550102", ""],
            ["+12025550101", "", ""],
        ])
    )  # fmt: skip

    assert [row.phone for row in people] == ["+12025550103", "+12025550102", "+12025550101"]


def test_column_that_counts_the_rows_is_not_taken_for_the_numbers():
    assert phones_in(saved([["Number", "Phone"], ["1", "+12025550100"], ["2", "+12025550101"]])) == [
        "+12025550100", "+12025550101",
    ]  # fmt: skip


def test_list_without_a_header_has_number_name_and_business():
    people = rows_in(saved([["+12025550100", "Ann", "Acme", "ann@example.com"], ["+12025550101", "Bob", "", ""]]))

    assert people == [ListRow(1, "+12025550100", "Ann", "Acme"), ListRow(2, "+12025550101", "Bob")]


def test_list_without_a_header_whose_numbers_do_not_come_first():
    people = rows_in(saved([["2026-11-22", "Ann", "+12025550100"], ["2026-11-23", "Bob", "+12025550101"]]))

    assert [(row.phone, row.recipient_name) for row in people] == [("+12025550100", "Ann"), ("+12025550101", "Bob")]


def test_numbers_alone_are_a_list():
    assert phones_in(b"+12025550100\n+12025550101") == ["+12025550100", "+12025550101"]


def test_kind_of_a_number_beside_it_is_no_header():
    assert phones_in(b"+12025550100,mobile\n+12025550101,mobile\n") == ["+12025550100", "+12025550101"]


def test_title_above_the_header_is_passed_over_and_rows_are_counted_as_spreadsheets_do():
    people = rows_in(b"Our customers\r\n\r\nphone;name\r\n\r\n+12025550100;Ann\r\n;;\r\n+12025550101;Bob\r\n")

    assert [(row.number, row.phone) for row in people] == [(5, "+12025550100"), (7, "+12025550101")]


def test_delimiter_that_excel_announces():
    assert rows_in(b"sep=;\r\nphone;name\r\n+12025550100;Smith, Ann\r\n") == [ListRow(3, "+12025550100", "Smith, Ann")]


def test_line_ends_of_old_macintoshes():
    assert phones_in(b"phone\r+12025550100\r+12025550101\r") == ["+12025550100", "+12025550101"]


def test_rows_that_are_too_short_or_too_long_are_read_as_far_as_they_go():
    people = rows_in(b"name,phone,company\nAnn\nBob,+12025550101\nCid,+12025550102,Acme,and,more\n")

    assert [(row.phone, row.company_name) for row in people] == [
        ("", ""), ("+12025550101", ""), ("+12025550102", "Acme"),
    ]  # fmt: skip


def test_quotation_marks_within_a_name():
    people = rows_in(b'phone,name\n+12025550100,Ann "The" Boss\n+12025550101,"Bob ""B"" Jr"\n')

    assert [row.recipient_name for row in people] == ['Ann "The" Boss', 'Bob "B" Jr']


def test_quotation_mark_that_is_never_closed_is_named_by_its_row():
    few = b'phone,name\n+12025550100,Ann\n+12025550101,"Bob\n+12025550102,Cid\n'

    assert "Row 3 is longer than any message" in refusal_of(few)
    assert "Row 3 is longer than any message" in refusal_of(few + b"+12025550103,Dan\n" * 40_000)
    assert "Row 2 is longer than any message" in refusal_of(b'phone,name\n+12025550100,"Ann\n')


def test_line_that_never_ends_is_named_by_its_row():
    assert "Row 3 is longer than any message" in refusal_of(b"phone\n+12025550100\n" + b"x" * 200_000)


def test_record_may_have_two_hundred_lines_and_not_one_more():
    few, many = (saved([["phone", "message"], ["+12025550100", "\n".join(["Hi"] * lines)]]) for lines in (200, 201))

    assert rows_in(few)[0].words.count("Hi") == 200
    assert "Row 2 is longer than any message" in refusal_of(many)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04\x14\x00", "workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "workbook"),
        (b"%PDF-1.7", "PDF"),
        (b"\x1f\x8b\x08", "compressed"),
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\r\n \r\n", "empty"),
        (b"name,email\nAnn,ann@example.com\n", "No column with phone numbers"),
        (b"phone\n" + b"x" * 200_000, "longer than any message"),
        (bytes(range(256)) * 40, "not a text file|No column"),
        (b"\x00" * 5000, "not a text file"),
    ],
)
def test_what_is_no_list_is_refused_with_what_to_do(content, words):
    assert any(word in refusal_of(content) for word in words.split("|"))


@given(st.binary(max_size=400))
def test_any_bytes_are_a_list_or_refused(content):
    try:
        rows = rows_in(content)
    except ListRefused:
        return
    assert all(isinstance(row, ListRow) for row in rows)


@given(st.text(max_size=400))
def test_any_text_with_a_header_is_read(text):
    try:
        rows = rows_in(f"phone,name\n{text}".encode("utf-8", "surrogatepass"))
    except ListRefused:
        return
    assert all(row.number > 1 for row in rows)


def test_memory_does_not_grow_with_the_list():
    few, many = (
        io.BytesIO(b"phone,name,company\n" + b"".join(b"+1202555%04d,Name,Acme\n" % (n % 10_000) for n in range(count)))
        for count in (1_000, 100_000)
    )
    peaks = []
    for file in (few, many):
        tracemalloc.start()
        assert sum(1 for _ in CSVList.open(file).rows()) in {1_000, 100_000}
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert peaks[1] < peaks[0] + 1_000_000
