"""Values that do not fit the template that Meta has: our clear error, and no message."""

import pytest
import requests
from django.utils import timezone

from communications.bulk import Drafts
from communications.errors import InvalidMessage, RecipientOptedOut, SendFailed, TemplateUnavailable
from communications.message_templates import BUSINESS_INVITATION, PAYMENT_CONFIRMATION
from communications.models import Contact, Message, MessageTemplate
from communications.template_fit import misfits
from communications.templates import require_usable
from communications.whatsapp_service import whatsapp_service
from tests.communications.media import samples

BODY = {"type": "BODY", "text": "Hi {{1}}, your order {{2}} is here."}
NAMED = {"type": "BODY", "text": "Hi {{name}}, your order {{order}} is here."}
URL = {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "View", "url": "https://dott.example/o/{{1}}"}]}
QUICK = {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Yes"}]}
CODE = {"type": "BUTTONS", "buttons": [{"type": "COPY_CODE", "example": "A1"}]}


def texts(*values, **named):
    return [{"type": "text", "text": value} for value in values] + [
        {"type": "text", "parameter_name": name, "text": value} for name, value in named.items()
    ]


def body(*values, **named):
    return {"type": "body", "parameters": texts(*values, **named)}


def header(*parameters):
    return {"type": "header", "parameters": list(parameters)}


def button(*values, index="0", kind="url"):
    return {"type": "button", "sub_type": kind, "index": index, "parameters": texts(*values)}


def found(components, *sent):
    named = "{{name}}" in str(components)
    return list(misfits(components, {"name": "order", "components": list(sent)}, named=named))


@pytest.mark.parametrize(
    ("components", "sent"),
    [
        ([BODY], [body("Ann", "7")]),
        ([{"type": "BODY", "text": "Hello!"}], []),
        ([{"type": "BODY", "text": "Hi {{1}}, {{1}}!"}], [body("Ann")]),
        ([NAMED], [body(order="7", name="Ann")]),
        ([BODY, URL], [body("Ann", "7"), button("abc")]),
        ([BODY, QUICK], [body("Ann", "7")]),
        ([BODY, QUICK], [body("Ann", "7"), button(kind="quick_reply")]),
        ([BODY, {"type": "HEADER", "format": "TEXT", "text": "For {{1}}"}], [body("Ann", "7"), header(*texts("you"))]),
        ([BODY, {"type": "HEADER", "format": "IMAGE"}], [body("Ann", "7"), header({"type": "image"})]),
        ([{"type": "BODY", "text": "Hi {{1}}!"}], [body("ü" * 1020)]),
        ([{"type": "BODY", "text": "Hi {{1}}!"}], [body("{{2}} {{1}}")]),
        ([{"type": "BODY", "text": " ".join(f"a{{{{{n}}}}}" for n in range(1, 12)) + "."}], [body(*"abcdefghijk")]),
        ([{"type": "BODY", "text": "Hello!"}, URL], [button("a" * 1977)]),
        (
            [NAMED, {"type": "HEADER", "format": "TEXT", "text": "For {{who}}"}],
            [body(order="7", name="Ann"), header(*texts(who="you"))],
        ),
        ([{"type": "BODY", "text": "{{name}}, {{name}}, {{order}}."}], [body(order="7" * 1000, name="Ann")]),
        ([{"type": "BODY", "text": "{{2}}, {{2}}, {{1}}."}], [body("7" * 1000, "Ann")]),
        (
            [{"type": "BODY", "text": "{{2}}, " + ", ".join(f"{{{{{n}}}}}" for n in range(1, 11)) + "."}],
            [body("a", "b", "7" * 600, *"defghij")],
        ),
        ([{"type": "BODY", "text": "a" * 1024 + "{{1}}"}], [{"type": "body", "parameters": [{"type": "currency"}]}]),
        (
            [{"type": "BUTTONS", "buttons": [{"type": "URL", "url": "a" * 2000 + "{{1}}"}]}],
            [{"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "payload"}]}],
        ),
    ],
)
def test_values_that_fit_are_let_through(components, sent):
    assert found(components, *sent) == []


@pytest.mark.parametrize(
    ("components", "sent", "misfit"),
    [
        ([BODY], [], "its body takes 2 values at Meta, and 0 were given"),
        ([BODY], [body("Ann")], "its body takes 2 values at Meta, and 1 were given"),
        ([BODY], [body("Ann", "7", "8")], "its body takes 2 values at Meta, and 3 were given"),
        ([BODY], [body(name="Ann", order="7")], "the values of its body have no names at Meta"),
        ([NAMED], [body("Ann", "7")], "the values of its body are named name, order at Meta"),
        ([NAMED], [body(name="Ann", number="7")], "the values of its body are named name, order at Meta"),
        ([BODY, URL], [body("Ann", "7")], "its button 0 takes a value at Meta"),
        ([BODY, CODE], [body("Ann", "7")], "its button 0 takes a value at Meta"),
        ([BODY, URL], [body("Ann", "7"), button("a", "b")], "its button 0 takes 1 value at Meta, and 2 were given"),
        ([BODY, QUICK], [body("Ann", "7"), button("abc")], "its button 0 is of the kind quick_reply at Meta"),
        ([BODY], [body("Ann", "7"), button("abc")], "it has no button 0 at Meta"),
        ([BODY, URL], [body("Ann", "7"), button("a"), button("b", index="1")], "it has no button 1 at Meta"),
        ([BODY], [body("Ann", "7"), header(*texts("x"))], "its header takes 0 values at Meta, and 1 were given"),
        ([BODY, {"type": "HEADER", "format": "IMAGE"}], [body("Ann", "7")], "its header takes one image at Meta"),
        (
            [BODY, {"type": "HEADER", "format": "IMAGE"}],
            [body("Ann", "7"), header({"type": "video"})],
            "its header takes one image at Meta",
        ),
        (
            [{"type": "BODY", "text": "Hi {{1}}!"}],
            [body("ü" * 1021)],
            "its body has 1025 characters with these values, and WhatsApp takes 1024",
        ),
        (
            [{"type": "BODY", "text": "Hello!"}, {"type": "HEADER", "format": "TEXT", "text": "For {{1}}"}],
            [header(*texts("y" * 57))],
            "its header has 61 characters with these values, and WhatsApp takes 60",
        ),
        (
            [{"type": "BODY", "text": "Hello!"}, URL],
            [button("a" * 1978)],
            "the address of its button 0 is longer than 2000 characters",
        ),
    ],
)
def test_value_that_does_not_fit_is_named(components, sent, misfit):
    assert found(components, *sent) == [misfit]


@pytest.mark.parametrize("components", [[5], [{}], [{"type": "BUTTONS", "buttons": [5]}], [{"type": "BUTTONS"}]])
def test_odd_components_take_no_message_down(components):
    assert found(components) == []


# Before a message leaves


@pytest.fixture
def synced(sandbox, settings, transactional_db):
    """We know what Meta has: the sandbox's own wordings, and nothing else."""
    list(whatsapp_service.sync_message_templates(push=False))
    return sandbox


def change_here(definition, body, language="en_US"):
    """Stand for a template that is older or newer at Meta than here."""
    row = MessageTemplate.objects.get(name=definition.name, language=language)
    row.components = [{"type": "BODY", "text": body}]
    row.save(update_fields=["components"])


def nothing_was_sent(sandbox):
    return sandbox.messages() == [] and sandbox.refusals() == [] and not Message.objects.exists()


@pytest.mark.parametrize("language", ["en_US", "es", "fr", "pt_BR"])
def test_values_that_fit_the_synced_template_are_sent(synced, language):
    sent = whatsapp_service.send_message_template(
        BUSINESS_INVITATION, "+12025550100", language=language, **BUSINESS_INVITATION.fields, token="abc"
    )

    assert sent.status == "accepted"


def test_definition_that_meta_has_otherwise_is_not_sent(synced):
    change_here(PAYMENT_CONFIRMATION, "Payment received: {{1}}. Thank you!")

    with pytest.raises(TemplateUnavailable, match=r"takes 1 value at Meta, and 2 were given.*sync_message_templates"):
        whatsapp_service.send_payment_confirmation("+12025550100", amount="$1", reference="R")

    assert nothing_was_sent(synced)


@pytest.mark.parametrize("values", [[], ["$1"], ["$1", "R", "more"]])
def test_caller_with_a_wrong_number_of_values_is_told(synced, values):
    with pytest.raises(InvalidMessage, match=f"takes 2 values at Meta, and {len(values)} were given"):
        whatsapp_service.send_template_message("+12025550100", "payment_confirmation", values)

    assert nothing_was_sent(synced)


def test_caller_who_forgets_the_buttons_value_is_told(synced):
    with pytest.raises(InvalidMessage, match="its button 0 takes a value at Meta"):
        whatsapp_service.send_template_message("+12025550100", "business_invitation", ["Ann", "Join me"])

    assert nothing_was_sent(synced)


def test_template_in_a_language_that_meta_does_not_have_is_not_sent(synced):
    with pytest.raises(TemplateUnavailable, match="does not exist in de at Meta, only in en, en_US, es, fr, pt_BR"):
        whatsapp_service.send_template_message("+12025550100", "payment_confirmation", ["$1", "R"], language_code="de")

    assert nothing_was_sent(synced)


def test_template_that_was_renamed_at_meta_is_not_sent(synced):
    with pytest.raises(TemplateUnavailable, match="old_name does not exist in en_US at Meta"):
        whatsapp_service.send_template_message("+12025550100", "old_name")

    assert nothing_was_sent(synced)


def test_template_of_which_only_a_webhook_told_is_sent(synced):
    MessageTemplate.objects.filter(name="hello_world").delete()
    MessageTemplate.objects.create(name="hello_world", language="en_US", status="APPROVED")

    assert whatsapp_service.send_template_message("+12025550100", "hello_world").status == "accepted"


@pytest.mark.django_db(transaction=True)
def test_before_the_first_list_meta_decides(sandbox):
    with pytest.raises(SendFailed) as refused:
        whatsapp_service.send_template_message("+12025550100", "payment_confirmation", ["$1"])

    assert refused.value.meta_code == 132000


def test_caller_can_ask_beforehand_whether_a_template_may_be_used(synced):
    synced.set_template("hello_world", "en_US", status="PAUSED")
    list(whatsapp_service.sync_message_templates(push=False))

    require_usable("payment_confirmation", "es")

    with pytest.raises(TemplateUnavailable, match="paused at Meta"):
        require_usable("hello_world", "en_US")


def approve(sandbox, name, components, **changes):
    """A template that somebody made in WhatsApp Manager."""
    answer = requests.post(
        f"{sandbox.url}/v25.0/1513500473389693/message_templates",
        json={"name": name, "language": "en_US", "category": "UTILITY", "components": components, **changes},
        headers={"Authorization": "Bearer sandbox-token"},
        timeout=5,
    )
    assert answer.status_code == 200, answer.text
    sandbox.wait_idle()
    list(whatsapp_service.sync_message_templates(push=False))


def test_template_of_the_account_with_named_variables_is_sent(synced):
    examples = [{"param_name": "name", "example": "Ann"}, {"param_name": "order", "example": "A-17"}]
    body = {**NAMED, "example": {"body_text_named_params": examples}}
    approve(synced, "order", [body], parameter_format="NAMED")

    whatsapp_service.send_template_message("+12025550100", "order", {"body": {"order": "7", "name": "Ann"}})

    assert synced.messages()[0]["text"] == "Hi Ann, your order 7 is here."
    with pytest.raises(InvalidMessage, match="are named name, order at Meta"):
        whatsapp_service.send_template_message("+12025550100", "order", ["Ann", "7"])


def test_template_of_the_account_under_a_picture_is_sent(synced):
    picture = {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4::aW1hZ2UvcG5n:abc"]}}
    approve(synced, "offer", [picture, {"type": "BODY", "text": "Here is what we have this week."}])

    whatsapp_service.send_template_message(
        "+12025550100", "offer", {"header": whatsapp_service.media_header("image", file=samples.png())}
    )

    assert synced.messages()[0]["header"] == "[Image]"
    with pytest.raises(InvalidMessage, match="its header takes one image at Meta"):
        whatsapp_service.send_template_message("+12025550100", "offer", {"header": ["Offer"]})


@pytest.mark.parametrize("value", ["two\nlines", "a\ttab", "five     spaces", ""])
def test_value_that_meta_would_refuse_never_leaves(synced, value):
    with pytest.raises(InvalidMessage, match="Value 2 of the template's body"):
        whatsapp_service.send_template_message("+12025550100", "payment_confirmation", ["$1", value])

    assert nothing_was_sent(synced)


# What Meta has made of it


def one_by_one(definition, fields):
    return whatsapp_service.prepare_message_template(definition, "+12025550100", fields, language="en_US")


def by_the_thousand(definition, fields):
    return Drafts().template(definition, "en_US", fields)


each_way = pytest.mark.parametrize("prepare", [one_by_one, by_the_thousand])
INVITATION = {**BUSINESS_INVITATION.fields, "token": "abc", "accept": "yes", "decline": "no"}


@each_way
def test_template_that_was_approved_before_its_quick_replies_came_goes_on_without_them(synced, prepare):
    row = MessageTemplate.objects.get(name="business_invitation", language="en_US")
    row.components[-1]["buttons"] = row.components[-1]["buttons"][:1]
    row.save(update_fields=["components"])

    prepared = prepare(BUSINESS_INVITATION, INVITATION)

    assert [part.get("sub_type") for part in prepared.content["template"]["components"]] == [None, "url"]


@each_way
def test_quick_replies_that_meta_knows_carry_what_they_were_given(synced, prepare):
    prepared = prepare(BUSINESS_INVITATION, INVITATION)

    kinds = [part.get("sub_type") for part in prepared.content["template"]["components"]]
    assert kinds == [None, "url", "quick_reply", "quick_reply"]


@each_way
@pytest.mark.parametrize("category", ["UTILITY", "MARKETING"])
def test_message_counts_as_what_meta_has_made_of_its_template(synced, prepare, category):
    synced.set_template("payment_confirmation", "en_US", category=category)
    list(whatsapp_service.sync_message_templates(push=False))

    assert prepare(PAYMENT_CONFIRMATION, PAYMENT_CONFIRMATION.fields).is_marketing is (category == "MARKETING")


@each_way
def test_text_that_is_kept_is_in_the_words_that_meta_has(synced, prepare):
    change_here(PAYMENT_CONFIRMATION, "Paid: {{1}} for {{2}}. Thanks!")

    assert prepare(PAYMENT_CONFIRMATION, {"amount": "$1", "reference": "R"}).text == "Paid: $1 for R. Thanks!"


def test_text_of_a_template_of_the_account_is_kept_as_it_is_read(synced):
    whatsapp_service.send_template_message("+12025550100", "hello_world")

    [shown] = synced.messages()
    assert Message.objects.get().text == f"{shown['header']}\n\n{shown['text']}\n\n{shown['footer']}"


@each_way
def test_invitation_is_marketing_whatever_meta_calls_it(synced, prepare):
    MessageTemplate.objects.filter(name="business_invitation").update(category="UTILITY")

    assert prepare(BUSINESS_INVITATION, INVITATION).is_marketing


@pytest.mark.parametrize(
    "send",
    [
        lambda: whatsapp_service.send_payment_confirmation("+12025550100", amount="$1", reference="R"),
        lambda: whatsapp_service.send_template_message("+12025550100", "payment_confirmation", ["$1", "R"]),
    ],
    ids=["by its definition", "by its name"],
)
def test_person_who_stopped_marketing_gets_nothing_that_meta_has_moved_there(synced, send):
    send()
    Contact.objects.update(marketing_opted_out_at=timezone.now())
    send()
    MessageTemplate.objects.filter(name="payment_confirmation").update(category="MARKETING")

    with pytest.raises(RecipientOptedOut):
        send()

    assert len(synced.messages()) == 2
