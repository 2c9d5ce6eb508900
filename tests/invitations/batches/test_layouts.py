"""What the first lines of a file say of its columns: by their names, and without names by their numbers."""

import pytest

from invitations.batches.column_names import Column
from invitations.batches.layouts import Layout, layout_of
from invitations.batches.list_rows import ListRefused

NUMBER, OTHER = "+12025550100", "+12025550101"


def laid_out(*lines):
    return layout_of([f"{line}\n" for line in lines])


@pytest.mark.parametrize(
    ("cell", "is_number"),
    [
        ("1234567", True),
        ("123456", False),
        ("123456789012345", True),
        ("1234567890123456", False),
        ("+1 (202) 555-0100", True),
        ("'+12025550100", True),
        ("1.20255E+10", True),
        ("1E9", True),
        ("2026-11-22", False),
        ("22.11.2026 10:00", False),
        (NUMBER + '"' * 48, True),
        (NUMBER + '"' * 49, False),
        ("12025550100x", False),
    ],
)
def test_cell_is_taken_for_a_number_or_the_file_is_refused(cell, is_number):
    if is_number:
        assert laid_out(cell).columns == {Column.PHONE: (0,)}
        return

    with pytest.raises(ListRefused, match="No column with phone numbers"):
        laid_out(cell)


@pytest.mark.parametrize(
    ("lines", "first_row", "columns"),
    [
        (["12025550100,12025550101"], 1, {Column.PHONE: (0,)}),
        (["12025550100,+12025550101"], 1, {Column.PHONE: (1,)}),
        (["1234567,x", "1234567,+12025550100", "x,+12025550101"], 2, {Column.PHONE: (1,)}),
        ([f"{NUMBER},x", f"{OTHER},x", "x,1234567"], 1, {Column.PHONE: (0,), Column.NAME: (1,)}),
        ([f"{NUMBER},Ann,Acme,Note"], 1, {Column.PHONE: (0,), Column.NAME: (1,), Column.COMPANY: (2,)}),
        ([f"7,ann@dott.example,Ann,{NUMBER},Acme"], 1, {Column.PHONE: (3,), Column.NAME: (2,), Column.COMPANY: (4,)}),
        ([f"{NUMBER},,Acme", f"{OTHER},Ann"], 1, {Column.PHONE: (0,), Column.NAME: (1,), Column.COMPANY: (2,)}),
        (["Reach,Name", f"{NUMBER},Ann"], 2, {Column.PHONE: (0,), Column.NAME: (1,)}),
        (["Name,Company", f"{NUMBER},Acme"], 2, {Column.PHONE: (0,), Column.COMPANY: (1,)}),
        (["Name", f"Ann,{NUMBER}"], 2, {Column.PHONE: (1,), Column.NAME: (0,)}),
        (["Title"] * 9 + ["name,phone", f"Ann,{NUMBER}"], 11, {Column.NAME: (0,), Column.PHONE: (1,)}),
        (["Title"] * 10 + ["name,phone", f"Ann,{NUMBER}"], 2, {Column.PHONE: (1,)}),
        (["phone,tel,mobile", "1,2,3"], 2, {Column.PHONE: (2, 0, 1)}),
        (["phone", ""], 2, {Column.PHONE: (0,)}),
        (["", "phone", NUMBER], 3, {Column.PHONE: (0,)}),
        (["sep=|", "phone|name", f"{NUMBER}|Ann"], 3, {Column.PHONE: (0,), Column.NAME: (1,)}),
        (["SEP=; ", f"{NUMBER};Ann"], 2, {Column.PHONE: (0,), Column.NAME: (1,)}),
        (["sep=:", "phone:name", f"{NUMBER}:Ann"], 3, {Column.PHONE: (0,), Column.NAME: (1,)}),
        ([",", f"{NUMBER},Ann"], 2, {Column.PHONE: (0,), Column.NAME: (1,)}),
        (["Reach,Other", f"1.20255E+10,{NUMBER}"], 2, {Column.PHONE: (1,)}),
        ([f"{NUMBER},Ann;Acme", f"{OTHER},Bob;Acme"], 1, {Column.PHONE: (0,), Column.NAME: (1,)}),
    ],
)
def test_columns_are_known_by_their_names_or_by_what_is_in_them(lines, first_row, columns):
    found = laid_out(*lines)

    assert (found.first_row, found.columns) == (first_row, columns)


@pytest.mark.parametrize(
    ("lines", "delimiter"),
    [
        (["phone;name", f"{NUMBER};Smith, Ann"], ";"),
        (["phone,name;company", f"{NUMBER},Ann"], ","),
        (["phone,name|phone|name|company", "x"], "|"),
        (["phone,mobile|phone", "x"], ","),
    ],
)
def test_delimiter_that_tells_most_columns_is_taken(lines, delimiter):
    assert laid_out(*lines).delimiter == delimiter


def test_numbers_are_looked_for_in_sixty_records():
    assert laid_out(*["x"] * 59, NUMBER).first_row == 2
    with pytest.raises(ListRefused):
        laid_out(*["x"] * 60, NUMBER)


@pytest.mark.parametrize("lines", [[], [""], ["x" * 200_000]])
def test_file_without_numbers_is_refused(lines):
    with pytest.raises(ListRefused, match="No column with phone numbers"):
        laid_out(*lines)


@pytest.mark.parametrize(
    ("record", "cell"),
    [(["a", "b", " c "], "c"), (["a", "b", " "], "a"), (["a", "b"], "a"), (["", "b", ""], ""), ([], "")],
)
def test_first_place_that_is_not_empty_counts(record, cell):
    layout = Layout(",", 1, {Column.PHONE: (2, 0)})

    assert layout.cell(Column.PHONE, record) == cell
    assert layout.cell(Column.NAME, record) == ""
