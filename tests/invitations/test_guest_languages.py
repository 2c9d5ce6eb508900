"""Which language an invited person is spoken to in, and that it is complete."""

import io
import re
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from invitations import chat_answers
from invitations.guest_languages import LANGUAGES, language_for
from invitations.models import Invitation

CATALOGUES = sorted((Path(chat_answers.__file__).parent / "locale").rglob("django.po"))
# Those that hold nothing else; `tests/test_catalogues.py` holds the languages of all pages.
FOR_GUESTS_ONLY = [path for path in CATALOGUES if path.parts[-3] not in dict(settings.LANGUAGES)]
PAGES = ("invitation", "thanks", "joined", "not_now", "declined", "never", "expired", "unknown")


@pytest.mark.parametrize(
    ("accept", "country", "language"),
    [
        ("es", "US", "es"),
        ("ES-419", "US", "es"),
        ("de-DE,de;q=0.9,pt-BR;q=0.8,en;q=0.5", "MX", "pt"),
        ("en;q=0.1,fr;q=0.9", "US", "fr"),
        ("en;q=0, es;q=0.5", "US", "es"),
        ("de", "FR", "fr"),
        ("*", "BR", "pt"),
        ("", "MX", "es"),
        ("", "DE", "en"),
        ("", "", "en"),
        ("fr;q=many", "US", "en"),
        (",;,=;q", "ES", "es"),
        ("x" * 10_000 + ",es", "US", "en"),
    ],
)
def test_browser_is_asked_first_and_the_country_after(accept, country, language):
    assert language_for(accept, country) == language


def words_of(page, language):
    """What can be read on a page, one sentence a line."""
    invitation = Invitation(sender_name="J", sender_email="j@example.com", message="Hi")
    invitation.contact = invitation.__class__.contact.field.related_model()
    with translation.override(language):
        html = render_to_string("invitations/guest.html", {"page": page, "invitation": invitation, "go_on": "/on"})
    text = re.sub(r"<(?:head.*?</title|header.*?</header)>|<!--.*?-->", "", html, flags=re.DOTALL)
    return {line.strip() for line in re.sub(r"<[^>]+>", "\n", text).splitlines() if len(line.strip()) > 2}


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_translated_as_a_whole(page, language):
    in_english, translated = words_of(page, "en"), words_of(page, language)

    assert len(translated) > 1
    assert in_english & translated == set()


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
@pytest.mark.parametrize("sign_up", ["", "https://dott.example/sign-up"])
def test_reply_in_the_chat_is_translated(language, sign_up, settings):
    settings.INVITATION_SIGN_UP_URL = sign_up
    invitation = Invitation(sender_name="J")
    english = chat_answers.words_for(invitation)
    with translation.override(language):
        translated = chat_answers.words_for(invitation)

    assert english.startswith("Thank you for joining!")
    assert not translated.startswith("Thank you")


@pytest.mark.parametrize("catalogue", FOR_GUESTS_ONLY, ids=lambda path: path.parts[-3])
def test_compiled_catalogue_is_the_written_one(catalogue):
    with catalogue.open("rb") as written, catalogue.with_suffix(".mo").open("rb") as compiled:
        expected, found = io.BytesIO(), read_mo(compiled)
        write_mo(expected, read_po(written))

    expected.seek(0)
    assert {each.id: each.string for each in found if each.id} == {
        each.id: each.string for each in read_mo(expected) if each.id
    }


@pytest.mark.parametrize("catalogue", FOR_GUESTS_ONLY, ids=lambda path: path.parts[-3])
def test_translations_keep_their_names_and_marks(catalogue):
    with catalogue.open("rb") as written:
        entries = [each for each in read_po(written) if each.id]

    parts = re.compile(r"%\(\w+\)s|</?bdi>")
    assert [each.id for each in entries if sorted(parts.findall(each.id)) != sorted(parts.findall(each.string))] == []
    assert [each.id for each in entries if each.fuzzy or not each.string] == []


def test_there_is_a_catalogue_for_each_language():
    assert {path.parts[-3] for path in CATALOGUES} == set(LANGUAGES) - {"en"}
