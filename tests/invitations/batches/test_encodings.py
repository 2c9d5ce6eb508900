"""How a list was saved is told from its bytes: from marks, from zeros beside digits, or from reading it once."""

import io

import pytest

from invitations.batches.encodings import encoding_of
from invitations.batches.list_rows import ListRefused


def encoding(content):
    return encoding_of(io.BytesIO(content))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "utf-8"),
        (b"1", "utf-8"),
        ("José".encode(), "utf-8"),
        (b"Jos\xe9", "cp1252"),
        (b"\xc9ric", "cp1252"),
        ("José".encode()[:-1], "cp1252"),
        (b"a" * 65_535 + "é".encode(), "utf-8"),
        (b"a" * 65_537 + b"\xe9", "cp1252"),
        ("\ufeff1".encode(), "utf-8-sig"),
        ("\ufeff1".encode("utf-16-le"), "utf-16"),
        ("\ufeff1".encode("utf-16-be"), "utf-16"),
        ("\ufeff1".encode("utf-32-le"), "utf-32"),
        ("\ufeff1".encode("utf-32-be"), "utf-32"),
    ],
    ids=range(13),
)
def test_encoding_is_told_by_its_mark_or_by_reading_to_the_end(content, expected):
    assert encoding(content) == expected


def padded(*, pairs, zeros, other_zeros, big_endian):
    content = bytearray(b"1" * 2 * pairs)
    first = 0 if big_endian else 1
    content[first : first + 2 * zeros : 2] = bytes(zeros)
    content[1 - first : 1 - first + 2 * other_zeros : 2] = bytes(other_zeros)
    return bytes(content)


@pytest.mark.parametrize(
    ("pairs", "zeros", "other_zeros", "expected"),
    [
        (64, 64, 0, "utf-16"),
        (64, 16, 0, "utf-16"),
        (64, 15, 0, "utf-8"),
        (64, 14, 2, None),
        (64, 16, 3, "utf-16"),
        (64, 16, 4, None),
        (65, 17, 4, "utf-16"),
    ],
)
@pytest.mark.parametrize("big_endian", [False, True], ids=["little endian", "big endian"])
def test_zeros_on_one_side_of_a_quarter_of_the_pairs_are_utf_16(pairs, zeros, other_zeros, expected, big_endian):
    content = padded(pairs=pairs, zeros=zeros, other_zeros=other_zeros, big_endian=big_endian)
    if expected is None:
        with pytest.raises(ListRefused, match="not a text file"):
            encoding(content)
        return

    ending = "-be" if big_endian else "-le"
    assert encoding(content) == expected + (ending if expected == "utf-16" else "")
    assert encoding(content + b"1") == encoding(content)


def test_file_is_at_its_beginning_afterwards_wherever_it_was():
    file = io.BytesIO("\ufeffphone".encode())
    file.seek(4)

    assert encoding_of(file) == "utf-8-sig"
    assert file.tell() == 0
