"""What a spreadsheet shall show and not run."""

import re

# What may begin a formula, after the space before it. Each run of space is looked at once, from its beginning: a cell
# may be long.
_FORMULA = re.compile(r"(^|[;|]|(?<=\S))(\s*)(?=[=+\-@＝＋－＠])")
# What another country's spreadsheet splits cells at, beside the semicolon and the bar.
_ENDS_OF_CELLS = re.compile(r"[\t\r\n]")


def harmless(text: str) -> str:
    """A cell that no spreadsheet runs: an apostrophe goes before what looks like a formula.

    >>> harmless("=HYPERLINK(1)")
    "'=HYPERLINK(1)"
    """
    told = _FORMULA.sub(_kept_from_running, text)
    return f"'{told}" if told.startswith(("\t", "\r", "\n")) else told


def _kept_from_running(found: re.Match[str]) -> str:
    begins_a_cell = found.start() == 0 or found[1] or _ENDS_OF_CELLS.search(found[2])
    return f"{found[0]}'" if begins_a_cell else found[0]
