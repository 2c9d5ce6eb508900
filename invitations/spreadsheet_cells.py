"""What a spreadsheet shall show and not run."""

import re

# What a spreadsheet runs: at the beginning of a cell, and after what another country's spreadsheet splits cells at.
_FORMULA = re.compile(r"(^|[;|\t\r\n])(\s*)(?=[=+\-@＝＋－＠])")


def harmless(text: str) -> str:
    """A cell that no spreadsheet runs: an apostrophe goes before what looks like a formula.

    >>> harmless("=HYPERLINK(1)")
    "'=HYPERLINK(1)"
    """
    told = _FORMULA.sub(r"\1\2'", text)
    return f"'{told}" if told.startswith(("\t", "\r", "\n")) else told
