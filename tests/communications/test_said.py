"""Sentences are English for programs, and in the reader's language on pages."""

import json
import pickle

import pytest
from django.utils import translation

from communications.errors import DeliveryUnconfirmed, SendFailed, TooManyRequests
from communications.meta_codes import META_CODES
from communications.said import said
from communications.sentences import Sentence, joined


def in_spanish(text):
    with translation.override("es"):
        return said(text)


def test_sentence_is_plain_english_to_whoever_does_not_ask():
    sentence = Sentence("Wait %(seconds)d seconds and send it again.", seconds=5)

    assert sentence == "Wait 5 seconds and send it again."
    assert json.dumps({"detail": sentence}) == '{"detail": "Wait 5 seconds and send it again."}'
    assert pickle.loads(pickle.dumps(sentence)) == sentence
    assert said(sentence) == sentence


@pytest.mark.parametrize("failure", [TooManyRequests(5), SendFailed(meta_code=131026), SendFailed(meta_code=999)])
def test_error_is_said_with_its_values(failure):
    assert in_spanish(failure.detail) != failure.detail
    assert "%(" not in in_spanish(failure.detail)
    assert in_spanish(failure.error) != failure.error


def test_what_was_stored_is_recognised_with_its_values():
    stored = str(DeliveryUnconfirmed(Sentence("Meta answered with status %(status)d.", status=502)).detail)

    assert type(stored) is str
    assert in_spanish(stored).startswith("Meta respondió con el estado 502. Es posible que se haya enviado.")


def test_several_stored_sentences_are_recognised_one_after_the_other():
    assert in_spanish("Its quality is green. Something nobody translated.") == (
        "Su calidad es verde. Something nobody translated."
    )


@pytest.mark.parametrize("code", META_CODES)
def test_every_code_of_metas_is_explained_in_spanish(code):
    meaning = META_CODES[code]

    assert in_spanish(meaning.meaning) != meaning.meaning
    assert in_spanish(meaning.advice) != meaning.advice


def test_words_of_people_are_never_taken_for_sentences():
    sentence = "The message template %(name)s does not exist in %(language)s at Meta."
    named = Sentence(sentence, name="Read", language="es")

    assert "plantilla de mensaje Read no existe" in in_spanish(named)


def test_what_no_catalogue_knows_stays_as_it_is():
    assert in_spanish("Join me on Dott") == "Join me on Dott"
    assert in_spanish("") == ""
    assert in_spanish(joined("Its quality is green.", "")) == "Su calidad es verde."
