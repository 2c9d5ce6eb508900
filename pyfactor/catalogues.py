"""`make messages`: brings the catalogues of the pages' languages up to date, lists what is to be translated, compiles.

Everything that a page says is found in the sources: what goes through gettext, and the sentences of errors, which are
English in the API and said in the reader's language by `communications/said.py`. Needs no gettext tools.
"""

import ast
import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from pyfactor.sources import APPS, ROOT

# English stands in the sources.
LANGUAGES = ("es",)

_SINGULAR = {"_", "gettext", "gettext_lazy", "gettext_noop", "translate", "Sentence"}
_WITH_CONTEXT = {"pgettext", "pgettext_lazy"}
_PLURAL = {"ngettext", "ngettext_lazy"}
# What is given to these is a sentence of ours, or a word beside it; an f-string becomes a pattern.
_HOLD_SENTENCES = {"MetaCode", "InvalidPhoneNumber", "ListRefused", "Caution"}
# What Django makes of the tags of a template.
_KEYWORDS: dict[str, Any] = dict.fromkeys(("gettext", "ngettext", "pgettext", "npgettext"))
_WRITTEN = datetime(2026, 11, 22, tzinfo=UTC)


@dataclass(frozen=True, order=True)
class Words:
    """One entry of a catalogue: `plural` and `context` are empty where there is none."""

    text: str
    plural: str = ""
    context: str = ""


def extracted(app: str) -> set[Words]:
    """Everything in the sources of `app` that people read."""
    found: set[Words] = set()
    for path in sorted((ROOT / app).rglob("*.py")):
        if "migrations" not in path.parts:
            found.update(_in_python(path))
    for path in sorted((ROOT / app).rglob("*.html")):
        if "admin" not in path.parts:
            found.update(_in_template(path))
    return {words for words in found if words.text.strip()}


def catalogue_path(app: str, language: str) -> Path:
    return ROOT / app / "locale" / language / "LC_MESSAGES" / "django.po"


def read(app: str, language: str) -> Catalog:
    path = catalogue_path(app, language)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as written:
        return read_po(written, locale=language)


def compiled(catalogue: Catalog) -> bytes:
    made = io.BytesIO()
    write_mo(made, catalogue)
    return made.getvalue()


def update(app: str, language: str) -> list[str]:
    """Write the catalogue anew, keep what is translated, and return what is not."""
    before, after = read(app, language), Catalog(locale=language, creation_date=_WRITTEN, revision_date=_WRITTEN)
    after.header_comment = f"# What pages of {app} say."
    for words in sorted(extracted(app)):
        known = before.get(words.text, words.context or None)
        text = (words.text, words.plural) if words.plural else words.text
        is_alike = known is not None and isinstance(known.string, tuple | list) == bool(words.plural)
        after.add(text, known.string if known and is_alike else None, context=words.context or None)
    path = catalogue_path(app, language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as written:
        write_po(written, after, width=116, sort_output=True)
    return [str(message.id) for message in after if message.id and not _is_translated(message)]


def written() -> list[tuple[str, str]]:
    """The app and the language of each catalogue that is there; those of the guests' page are written by hand."""
    found = sorted(path for app in APPS for path in (ROOT / app / "locale").glob("*/LC_MESSAGES/django.po"))
    return [(path.parts[-5], path.parts[-3]) for path in found]


def _is_translated(message: Any) -> bool:
    strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return all(strings) and bool(strings)


def _in_template(path: Path) -> Iterator[Words]:
    from django.utils.translation.template import templatize

    # As `makemessages` does it: the template becomes lines in which only the calls are readable.
    lines = (line.strip() for line in templatize(path.read_text()).splitlines())
    source = io.BytesIO("\n".join(lines).encode())
    for _line, called, given, _comments in extract_python(source, _KEYWORDS, [], {"encoding": "utf-8"}):
        parts = [str(part) for part in (given if isinstance(given, tuple | list) else (given,)) if part]
        function = str(called)
        context = parts.pop(0) if "pgettext" in function else ""
        yield Words(parts[0], parts[1] if function.startswith("n") else "", context)


def _in_python(path: Path) -> Iterator[Words]:
    tree = ast.parse(path.read_text())
    constants = dict(_constants(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _in_call(node, constants)
        elif isinstance(node, ast.ClassDef):
            yield from (Words(text) for text in _errors(node))


def _in_call(call: ast.Call, constants: dict[str, str]) -> Iterator[Words]:
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    given = [_text(argument, constants) for argument in call.args]
    if name in _SINGULAR and given:
        yield Words(given[0])
    elif name in _WITH_CONTEXT:
        yield Words(given[1], context=given[0])
    elif name in _PLURAL:
        yield Words(given[0], given[1])
    elif name in _HOLD_SENTENCES:
        yield from (Words(text) for text in given if " " in text)


def _errors(defined: ast.ClassDef) -> Iterator[str]:
    """The `error` of the classes of an error tree."""
    for line in defined.body:
        targets = line.targets if isinstance(line, ast.Assign) else [getattr(line, "target", None)]
        value = getattr(line, "value", None)
        if value and any(isinstance(target, ast.Name) and target.id == "error" for target in targets):
            yield _text(value, {})


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for line in tree.body:
        if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
            yield line.targets[0].id, _text(line.value, {})


def _text(node: ast.expr, constants: dict[str, str]) -> str:
    """What an expression says, as far as it is written there; empty where it says nothing."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.Name):
        return constants.get(node.id, "")
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _text(node.left, constants) + _text(node.right, constants)
    if isinstance(node, ast.JoinedStr):
        return "".join(_part(part, constants) for part in node.values)
    return ""


def _part(part: ast.expr, constants: dict[str, str]) -> str:
    if not isinstance(part, ast.FormattedValue):
        return _text(part, {})
    fixed = _text(part.value, constants)
    return fixed or f"%({_hole(part.value)})s"


def _hole(value: ast.expr) -> str:
    names = [getattr(node, "attr", getattr(node, "id", "")) for node in ast.walk(value)]
    return next(filter(None, names), "value").strip("_").lower()


def main() -> int:
    import django

    django.setup()
    missing = [(app, language, text) for app in APPS for language in LANGUAGES for text in update(app, language)]
    for app, language in written():
        catalogue_path(app, language).with_suffix(".mo").write_bytes(compiled(read(app, language)))
    for app, language, text in missing:
        sys.stdout.write(f"{app} {language}: {text}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
