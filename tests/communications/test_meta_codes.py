"""Every code of Meta's that we know: what it means, and what is done about it."""

import re

import pytest

from communications.meta_codes import META_CODES, Action, Move, explain

# Meta's table of codes, by what to do.
TABLE = {
    Action.PAUSE: [0, 190, 3, 10, *range(200, 300), 368, 131031, 131042, 33],
    Action.RETRY: [4, 80007, 130429, 131057, 133004, 131056],
    Action.SETTLE: [1, 2, 131000, 131016],
    Action.HOLD: [132015],
    Action.NEVER: [131050, 131026, 130403, 130472],
    Action.WAIT: [131049, 132069],
    Action.STOP_CAMPAIGN: [131048, 131064],
    Action.USE_TEMPLATE: [131047],
    Action.FIX: [
        100, 131008, 131009, 131021, 131051, 131052, 131053, 132000, 132001, 132005, 132007, 132008, 132012, 132016,
        132018, 132068, 135000,
    ],
    Action.REFUSE: [130497, 131062, 131063],
    Action.SET_UP: [131005, 131045, 131030, 133010, 131037],
}  # fmt: skip
SENTENCES = r"[A-Z][^{}]*[.]"


@pytest.mark.parametrize("action", TABLE, ids=lambda action: action.name.lower())
def test_each_code_has_the_action_of_the_table(action):
    assert {code for code, known in META_CODES.items() if known.action is action} == set(TABLE[action])


@pytest.mark.parametrize("code", [*(code for codes in TABLE.values() for code in codes if code // 100 != 2), 200, 299])
def test_each_code_is_explained_in_sentences(code):
    explained = explain(code)

    assert re.fullmatch(SENTENCES, explained.meaning)
    assert re.fullmatch(SENTENCES, explained.advice)


def test_advice_names_only_settings_and_commands_that_exist():
    from django.core.management import get_commands

    from communications.conf import DEFAULTS

    advice = " ".join(known.advice for known in META_CODES.values())
    settings = set(re.findall(r"\bWHATSAPP_[A-Z_]+", advice)) - {"WHATSAPP_INVITATION_TEMPLATE"}
    commands = set(re.findall(r"manage\.py (\w+)", advice))

    assert settings
    assert settings <= set(DEFAULTS)
    assert commands
    assert commands <= set(get_commands())


@pytest.mark.parametrize("code", [199, 300, 131999, 2**31 - 1])
def test_unknown_code_is_named_and_never_guessed_at(code):
    explained = explain(code)

    assert str(code) in explained.meaning
    assert "unknown error" not in explained.meaning.lower()
    assert (explained.action, explained.move) == (Action.FIX, Move.DEVELOPER)
    assert "fbtrace ID" in explained.advice


def test_refusal_without_a_code_says_so():
    explained = explain(None)

    assert re.fullmatch(SENTENCES, explained.meaning)
    assert "None" not in explained.meaning
    assert (explained.action, explained.move) == (Action.FIX, Move.DEVELOPER)
    assert "fbtrace ID" in explained.advice
