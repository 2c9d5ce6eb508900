"""Whatever a page says is there in every language, and what is compiled is what is written."""

import re

import pytest
from django.conf import settings

from pyfactor import catalogues

CATALOGUES = [(app, language) for app in catalogues.APPS for language in catalogues.LANGUAGES]
MARKS = re.compile(r"%\(\w+\)[a-z]|%d|\{\w+\}|</?\w+[^>]*>|`[^`]+`|\b[A-Z]+_[A-Z_]+\b")


def entries(app, language):
    return [message for message in catalogues.read(app, language) if message.id]


def strings(message):
    """Original and translation, form by form."""
    originals = message.id if isinstance(message.id, tuple | list) else (message.id,)
    translated = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return list(zip(originals, translated, strict=True))


def test_there_is_a_catalogue_for_each_language_that_can_be_chosen():
    assert {language for language, _name in settings.LANGUAGES} == {"en", *catalogues.LANGUAGES}


@pytest.mark.parametrize(("app", "language"), CATALOGUES)
def test_everything_in_the_sources_is_translated(app, language):
    found = catalogues.extracted(app)
    written = {(strings(message)[0][0], message.context or "") for message in entries(app, language)}

    assert len(found) > 300
    assert {(words.text, words.context) for words in found} == written
    assert [message.id for message in entries(app, language) if not all(text for _id, text in strings(message))] == []
    assert [message.id for message in entries(app, language) if message.fuzzy] == []


@pytest.mark.parametrize(("app", "language"), CATALOGUES)
def test_translations_keep_values_marks_and_names_of_settings(app, language):
    lost = [
        (original, translated)
        for message in entries(app, language)
        for original, translated in strings(message)
        if sorted(MARKS.findall(original)) != sorted(MARKS.findall(translated))
    ]

    assert lost == []


@pytest.mark.parametrize(("app", "language"), catalogues.written())
def test_compiled_catalogue_is_the_written_one(app, language):
    path = catalogues.catalogue_path(app, language)

    assert path.with_suffix(".mo").read_bytes() == catalogues.compiled(catalogues.read(app, language))


def test_sources_are_read_as_people_meet_them(tmp_path, monkeypatch):
    app = tmp_path / "app"
    app.mkdir()
    (app / "code.py").write_text(
        'from x import _\n_ADVICE = "Try again."\n\n\nclass Broken(Error):\n    error = "It broke"\n\n\n'
        '_("One " "sentence")\nngettext("%(n)d day", "%(n)d days", 2)\npgettext("a check", "Good")\n'
        'InvalidPhoneNumber(f"Row {row.number} is wrong: {_ADVICE}")\nlog("not for people")\n'
    )
    (app / "page.html").write_text(
        '{% load i18n %}<p>{% translate "Hello" %}</p>{% blocktranslate count n=n trimmed %}\n  One row\n'
        "{% plural %}\n  {{ n }} rows\n{% endblocktranslate %}"
    )
    monkeypatch.setattr(catalogues, "ROOT", tmp_path)

    found = {(words.text, words.plural, words.context) for words in catalogues.extracted("app")}

    assert found == {
        ("It broke", "", ""),
        ("One sentence", "", ""),
        ("%(n)d day", "%(n)d days", ""),
        ("Good", "", "a check"),
        ("Row %(number)s is wrong: Try again.", "", ""),
        ("Hello", "", ""),
        ("One row", "%(n)s rows", ""),
    }


def test_updating_changes_nothing_where_all_is_written():
    before = {path: path.read_bytes() for path in (catalogues.catalogue_path(*each) for each in CATALOGUES)}

    missing = [text for app, language in CATALOGUES for text in catalogues.update(app, language)]

    assert missing == []
    assert {path: path.read_bytes() for path in before} == before
