"""Values that do not fit the template that Meta has: our clear error, and no message."""

import pytest

from communications.errors import InvalidMessage, SendFailed, TemplateUnavailable
from communications.message_templates import BUSINESS_INVITATION, PAYMENT_CONFIRMATION
from communications.models import Message, MessageTemplate
from communications.template_fit import misfits
from communications.templates import require_usable
from communications.whatsapp_service import whatsapp_service

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
