"""STOP and START in every language of the table, as people type them."""

import unicodedata

import pytest

from communications import opt_words
from communications.opt_words import OptWord, confirmation, opt_word

WORDS = [
    pytest.param(word, is_stop, id=f"{language} {'stop' if is_stop else 'start'} {word}")
    for is_stop, languages in ((True, opt_words._STOP), (False, opt_words._START))
    for language, words in languages.items()
    for word in words
]
WAYS_TO_WRITE = {
    "as it stands": lambda word: word,
    "in capitals": str.upper,
    "with a capital": str.capitalize,
    "with a full stop": lambda word: f"{word}.",
    "with exclamation marks": lambda word: f"¡{word}!!!",
    "in quotes": lambda word: f"«{word}»",
    "among spaces and lines": lambda word: f" \n{word}\t\u00a0 ",
    "with emoji": lambda word: f"🛑{word} 🙏🏽 ❤️",
    "with a mark of direction": lambda word: f"\u200f{word}\u200e",
    "decomposed": lambda word: unicodedata.normalize("NFD", word),
    "with wide spaces": lambda word: word.replace(" ", "  "),
}


@pytest.mark.parametrize("write", WAYS_TO_WRITE.values(), ids=WAYS_TO_WRITE.keys())
@pytest.mark.parametrize(("word", "is_stop"), WORDS)
def test_word_is_understood_however_it_is_written(word, is_stop, write):
    found = opt_word(write(word))

    assert found is not None
    assert found.is_stop is is_stop


@pytest.mark.parametrize(
    "word", ["STOP", "UNSUBSCRIBE", "OPT OUT", "Opt-Out", "PARAR", "BAJA", "SAIR", "ARRÊT", "ARRET", "arre\u0302t",
             "STOPP", "توقف", "रोकें", "ABONELİKTEN ÇIK", "HỦY ĐĂNG KÝ", "ΣΤΑΜΑΤΑ", "ＳＴＯＰ"],
)  # fmt: skip
def test_word_that_people_use_stops(word):
    found = opt_word(word)

    assert found is not None
    assert found.is_stop


def test_word_counts_among_a_hundred_characters_and_no_more():
    assert opt_word("STOP" + " " * 96) == opt_word("stop")
    assert opt_word("STOP" + " " * 97) is None


def test_curly_apostrophe_of_a_phone_is_an_apostrophe():
    assert opt_word("S’abonner") == OptWord(is_stop=False, language="fr")


@pytest.mark.parametrize(("word", "is_stop"), WORDS)
def test_word_counts_only_as_the_whole_message(word, is_stop):
    assert opt_word(f"{word} 12") is None
    assert opt_word(f"12 {word}") is None


@pytest.mark.parametrize(
    "text",
    ["stop by tomorrow", "don't stop", "please stop", "non-stop", "stop?no", "nonstop", "", " ", "!!!", "🛑", "s t o p",
     "unstoppable", "STOP" * 30, "stop " * 1000, "\x00"],
    ids=range(15),
)  # fmt: skip
def test_other_text_is_no_opt_word(text):
    assert opt_word(text) is None


@pytest.mark.parametrize(
    "text",
    ["cancel", "cancelled", "cancelar", "cancela", "annuler", "annulla", "absagen", "stornieren", "annuleren", "anuluj",
     "отмена", "отменить", "скасувати", "iptal", "إلغاء", "الغاء", "ביטול", "रद्द करें", "বাতিল", "منسوخ", "batal",
     "batalkan", "ghairi", "hủy", "ยกเลิก", "取消", "キャンセル", "취소", "avboka", "anulează", "ακύρωση", "no", "nein",
     "non", "não", "end", "quit", "yes", "si", "sí", "ok", "confirm"],
)  # fmt: skip
def test_word_that_answers_an_appointment_or_a_question_is_no_opt_word(text):
    assert opt_word(text) is None


def test_no_word_both_stops_and_starts():
    stops, starts = (
        {opt_words.normalised(word) for words in languages.values() for word in words}
        for languages in (opt_words._STOP, opt_words._START)
    )

    assert not stops & starts


def test_there_are_at_least_fifteen_languages_and_each_can_stop_and_start():
    assert set(opt_words._STOP) == set(opt_words._START)
    assert len(opt_words._STOP) >= 15


def capitals(text):
    return [word for word in text.split() if word.isupper()]


@pytest.mark.parametrize("language", list(opt_words.STOPPED))
def test_confirmation_names_a_word_that_undoes_it(language):
    stopped = confirmation(OptWord(is_stop=True, language=language))
    started = confirmation(OptWord(is_stop=False, language=language))

    assert (stopped, started) == (opt_words.STOPPED[language], opt_words.STARTED[language])

    assert [found.is_stop for found in map(opt_word, capitals(stopped)) if found] == [False]
    assert [found.is_stop for found in map(opt_word, capitals(started)) if found] == [True]


def test_language_without_a_text_is_confirmed_in_english():
    assert confirmation(OptWord(is_stop=True, language="sw")) == opt_words.STOPPED["en"]
