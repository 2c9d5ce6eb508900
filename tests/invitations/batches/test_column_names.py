"""What a column is called, and which of several that hold the same goes first."""

import pytest

from invitations.batches.column_names import Column, meaning_of


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("WhatsApp-Nr", (Column.PHONE, 0)),
        ("Téléphone portable", (Column.PHONE, 1)),
        ("Nº de Teléfono", (Column.PHONE, 2)),
        ("Number", (Column.PHONE, 3)),
        ("full_name", (Column.NAME, 0)),
        ("Prénom", (Column.FIRST_NAME, 0)),
        ("Nom", (Column.LAST_NAME, 0)),
        ("会社名", (Column.COMPANY, 0)),
        ("message", (Column.WORDS, 0)),
        ("phone" + " " * 95, (Column.PHONE, 2)),
        ("phone" + " " * 96, None),
        ("", None),
        ("E-mail", None),
    ],
)
def test_name_says_what_a_column_holds_and_its_rank(name, meaning):
    assert meaning_of(name) == meaning
