"""The approved message templates of the sandbox's business account."""

import re
from dataclasses import dataclass, replace

from sandbox.content import Button

VARIABLE = re.compile(r"\{\{(\d+)\}\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One approved template in one language."""

    name: str
    body: str
    language: str = "en_US"
    category: str = "utility"
    header: str = ""
    footer: str = ""
    buttons: tuple[Button, ...] = ()


def variables_in(text: str) -> int:
    """Count the variables of a text.

    >>> variables_in("Hi {{1}}, your invoice {{2}} is ready. {{1}}!")
    2
    """
    return len(set(VARIABLE.findall(text)))


def filled(text: str, values: list[str]) -> str:
    return VARIABLE.sub(lambda match: values[int(match[1]) - 1], text)


HELLO_WORLD = Template(
    name="hello_world",
    header="Hello World",
    body="Welcome and congratulations!! This message demonstrates your ability to send a WhatsApp message "
    "notification from the Cloud API, hosted by Meta. Thank you for taking the time to test with us.",
    footer="WhatsApp Business Platform sample message",
)
# Meta refuses a body that ends with a variable: invoice and reminder are approved with a closing full stop.
BILINGUAL = (
    Template(
        name="invoice_notification",
        body="Hi {{1}}, your invoice {{2}} for {{3}} is ready.\nView and pay here: {{4}}.",
    ),
    Template(
        name="payment_confirmation",
        body="Payment received! Amount: {{1}}\nReference: {{2}}\nThank you for your business!",
    ),
    Template(
        name="appointment_reminder",
        body="Reminder: You have an appointment with {{1}} on {{2}} at {{3}}.\nLocation: {{4}}.",
    ),
    Template(
        name="business_invitation",
        category="marketing",
        body="Hello! {{1}} invites you to work together on Dott:\n\n{{2}}\n\nTap below to see the invitation.",
        footer="Reply STOP to opt out.",
        buttons=(Button("View invitation", "https://dott.example/i/{{1}}"),),
    ),
)

APPROVED: dict[tuple[str, str], Template] = {
    (template.name, template.language): template
    for template in (HELLO_WORLD, *BILINGUAL, *(replace(template, language="en") for template in BILINGUAL))
}
