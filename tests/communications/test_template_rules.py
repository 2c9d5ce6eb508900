"""What Meta takes of a template's words: every limit, from both sides."""

import pytest

from communications.template_rules import faults_of_body, faults_of_ending, faults_of_name, faults_of_replies


@pytest.mark.parametrize("language", ["en", "fil", "en_US", "zh_HK", "es_LAT"])
@pytest.mark.parametrize("category", ["MARKETING", "UTILITY"])
@pytest.mark.parametrize("name", ["a", "order_1", "a" * 512])
def test_name_that_meta_takes_has_no_fault(name, category, language):
    assert list(faults_of_name(name, category, language)) == []


@pytest.mark.parametrize("name", ["", "a" * 513, "Order", "order-1", "order 1", "é"])
def test_name_of_another_form_is_named(name):
    assert list(faults_of_name(name, "UTILITY", "en")) == [
        f"the name {name!r} may have up to 512 lowercase letters, digits and underscores"
    ]


@pytest.mark.parametrize("language", ["", "e", "engl", "EN", "en-US", "en_us", "en_U", "en_USAX", "en_US "])
def test_language_of_another_form_is_named(language):
    assert list(faults_of_name("order", "UTILITY", language)) == [
        f"{language!r} is no language as Meta writes it: en, en_US"
    ]


def test_category_that_we_do_not_send_is_named_with_those_that_we_do():
    assert list(faults_of_name("code", "AUTHENTICATION", "en")) == [
        "the category 'AUTHENTICATION' has to be one of MARKETING, UTILITY"
    ]


@pytest.mark.parametrize(
    ("body", "variables", "faults"),
    [
        ("Hello!", 0, []),
        ("a" * 1024, 0, []),
        ("Hi {{1}}, it is {{2}}.", 2, []),
        ("Hi {{2}}, it is {{1}} and {{2}}.", 2, []),
        (" \n", 0, ["the body is empty"]),
        ("a" * 1025, 0, ["the body has 1025 characters, and Meta takes 1024"]),
        ("{{1}} is here.", 1, ["the body begins or ends with a variable"]),
        (" {{1}} is here.", 1, ["the body begins or ends with a variable"]),
        ("Here is {{1}}", 1, ["the body begins or ends with a variable"]),
        ("Here is {{1}}\n", 1, ["the body begins or ends with a variable"]),
        ("Hi {{1}} {{2}}.", 2, ["two variables of the body have nothing between them"]),
        ("Hi {{1}}{{2}}.", 2, ["two variables of the body have nothing between them"]),
        ("Hi {{1}}.", 2, ["the variables of the body are not those of its 2 fields, from {{1}} on"]),
        ("Hi {{2}}.", 1, ["the variables of the body are not those of its 1 fields, from {{1}} on"]),
        ("Hi {{0}}.", 1, ["the variables of the body are not those of its 1 fields, from {{1}} on"]),
        ("Hi {{1}.", 0, ["the braces of a variable of the body are not whole"]),
        ("Hi {1}}.", 0, ["the braces of a variable of the body are not whole"]),
        ("Hi {{name}}.", 0, ["the braces of a variable of the body are not whole"]),
    ],
)
def test_body_is_held_to_metas_rules(body, variables, faults):
    assert list(faults_of_body(body, variables)) == faults


@pytest.mark.parametrize(
    ("footer", "label", "has_button", "faults"),
    [
        ("", "", False, []),
        ("f" * 60, "b" * 25, True, []),
        ("f" * 61, "", False, ["the footer has 61 characters, and Meta takes 60"]),
        ("Hi {{1}}", "", False, ["the footer holds a variable or a line break"]),
        ("a\nb", "", False, ["the footer holds a variable or a line break"]),
        ("", "View", False, ["the button and the address that it leads to go together"]),
        ("", " ", True, ["the button and the address that it leads to go together"]),
        ("", "b" * 26, True, ["the button's label has 26 characters, and Meta takes 25"]),
        ("", "View {{1}}", True, ["the button's label holds a variable or a line break"]),
        ("", "View\nit", True, ["the button's label holds a variable or a line break"]),
    ],
)
def test_footer_and_button_are_held_to_metas_rules(footer, label, has_button, faults):
    assert list(faults_of_ending(footer, label, has_button=has_button)) == faults


@pytest.mark.parametrize(
    ("labels", "fields", "faults"),
    [
        ((), 0, []),
        (("Yes", "No"), 2, []),
        (("Yes",), 2, ["the quick replies are not those of its 2 fields"]),
        (("Yes", " "), 2, ["the quick replies are not those of its 2 fields"]),
        (("Yes", "Yes"), 2, ["two quick replies have one label"]),
        (("b" * 26,), 1, ["the button's label has 26 characters, and Meta takes 25"]),
        (("{{1}}",), 1, ["the button's label holds a variable or a line break"]),
        (tuple("0123456789"), 10, []),
        (tuple("0123456789A"), 11, ["it has 11 buttons, and Meta takes 10"]),
    ],
)
def test_quick_replies_are_held_to_metas_rules(labels, fields, faults):
    assert list(faults_of_replies(labels, fields)) == faults
