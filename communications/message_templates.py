"""The message templates that Dott sends: what Meta is asked to approve, what is sent, and what a person reads. Pure.

To add one, follow the five steps in `docs/message-templates.md`. Rules and limits: Meta's template reference.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from communications.errors import InvalidMessage
from communications.message_text import check_characters

BODY_LIMIT = 1024
FOOTER_LIMIT = 60
BUTTON_LABEL_LIMIT = 25
URL_LIMIT = 2000
DEFAULT_LANGUAGE = "en_US"

_VARIABLE = re.compile(r"\{\{(\d+)\}\}")
# Meta refuses these in a value: 132018.
_NOT_IN_A_VALUE = re.compile(r"[\n\r\t]| {5,}")


@dataclass(frozen=True)
class Wording:
    """A template in one language. Variables are Meta's: {{1}}, {{2}}, in the order of the definition's fields."""

    body: str
    footer: str = ""
    button: str = ""


@dataclass(frozen=True)
class TemplateDefinition:
    """One template: `fields` names its variables in order, each with the example that Meta's reviewers see.

    `url_field`, if there is one, fills the end of the button's address, after `{base_url}/…/`.
    """

    name: str
    category: str
    fields: Mapping[str, str]
    wordings: Mapping[str, Wording]
    url_path: str = ""
    url_field: tuple[str, str] | None = None
    languages: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "languages", tuple(self.wordings))

    @property
    def is_marketing(self) -> bool:
        return self.category == "MARKETING"

    def wording(self, language: str) -> Wording:
        """Return the wording in `language`; raise `InvalidMessage` if there is none."""
        if language not in self.wordings:
            known = ", ".join(self.languages)
            raise InvalidMessage(f"The template {self.name} is not written in {language}. Choose one of {known}.")
        return self.wordings[language]

    def creation_request(self, language: str, *, base_url: str) -> dict[str, Any]:
        """The body of `POST /{waba_id}/message_templates` that asks Meta to approve this wording."""
        wording = self.wording(language)
        body: dict[str, Any] = {"type": "BODY", "text": wording.body}
        if self.fields:
            body["example"] = {"body_text": [list(self.fields.values())]}
        components = [body]
        if wording.footer:
            components.append({"type": "FOOTER", "text": wording.footer})
        if wording.button and self.url_field:
            url = f"{base_url.rstrip('/')}{self.url_path}"
            button = {"type": "URL", "text": wording.button, "url": url + "{{1}}", "example": [url + self.url_field[1]]}
            components.append({"type": "BUTTONS", "buttons": [button]})
        return {"name": self.name, "language": language, "category": self.category, "components": components}

    def content(self, language: str, values: Mapping[str, str]) -> dict[str, Any]:
        """The content of a message that sends this template, as `graph/payloads.py` gives it.

        Raises `InvalidMessage` that names the field which is missing, unknown or cannot be sent.
        """
        self.text(language, values)
        parameters = [{"type": "text", "text": values[name]} for name in self.fields]
        components: list[dict[str, Any]] = [{"type": "body", "parameters": parameters}] if parameters else []
        if self.url_field:
            # The end of an address has to be percent-encoded by us.
            suffix = {"type": "text", "text": quote(values[self.url_field[0]], safe="")}
            components.append({"type": "button", "sub_type": "url", "index": "0", "parameters": [suffix]})
        template: dict[str, Any] = {"name": self.name, "language": {"code": language}}
        if components:
            template["components"] = components
        return {"type": "template", "template": template}

    def text(self, language: str, values: Mapping[str, str]) -> str:
        """What a person reads, footer included; raises as `content` does."""
        wording = self.wording(language)
        self._check(values)
        filled = _VARIABLE.sub(lambda match: values[list(self.fields)[int(match[1]) - 1]], wording.body)
        if len(filled) > BODY_LIMIT:
            raise InvalidMessage(
                f"Shorten the message: with the template around it, it has {len(filled)} characters, "
                f"and WhatsApp takes {BODY_LIMIT}."
            )
        return f"{filled}\n\n{wording.footer}" if wording.footer else filled

    def room_for(self, name: str, language: str, values: Mapping[str, str]) -> int:
        """How many characters the field `name` may have beside the other `values`."""
        return BODY_LIMIT - len(self.text(language, {**values, name: "x"}).removesuffix(self._ending(language))) + 1

    def _ending(self, language: str) -> str:
        footer = self.wording(language).footer
        return f"\n\n{footer}" if footer else ""

    def _check(self, values: Mapping[str, str]) -> None:
        wanted = {*self.fields, *([self.url_field[0]] if self.url_field else [])}
        if unknown := sorted(set(values) - wanted):
            raise InvalidMessage(f"The template {self.name} has no field {unknown[0]}.")
        for name in sorted(wanted):
            _check_value(self.name, name, values.get(name))


def _check_value(template: str, name: str, value: object) -> None:
    if not isinstance(value, str) or not value.strip():
        raise InvalidMessage(f"The template {template} needs a text for {name}.")
    check_characters(value)
    if _NOT_IN_A_VALUE.search(value):
        raise InvalidMessage(f"{name} of the template {template} takes no line break, tab or five spaces in a row.")


def fold(text: str) -> str:
    """Bring a text to the one line that a template's value may be: paragraphs become a dash between sentences."""
    paragraphs = [" ".join(line.split()) for line in text.splitlines()]
    return " – ".join(filter(None, paragraphs))


INVOICE_NOTIFICATION = TemplateDefinition(
    name="invoice_notification",
    category="UTILITY",
    fields={
        "name": "Maria",
        "invoice_number": "INV-1024",
        "amount": "$250.00",
        "url": "https://pay.example.com/inv-1024",
    },
    wordings={
        "en_US": Wording("Hi {{1}}, your invoice {{2}} for {{3}} is ready.\nView and pay here: {{4}}."),
        "es": Wording("Hola {{1}}: tu factura {{2}} por {{3}} está lista.\nConsúltala y págala aquí: {{4}}."),
        "fr": Wording("Bonjour {{1}}, votre facture {{2}} de {{3}} est prête.\nConsultez-la et réglez-la ici : {{4}}."),
        "pt_BR": Wording("Olá, {{1}}! Sua fatura {{2}} de {{3}} está pronta.\nVeja e pague aqui: {{4}}."),
    },
)

PAYMENT_CONFIRMATION = TemplateDefinition(
    name="payment_confirmation",
    category="UTILITY",
    fields={"amount": "$250.00", "reference": "PAY-5521"},
    wordings={
        "en_US": Wording("Payment received! Amount: {{1}}\nReference: {{2}}\nThank you for your business!"),
        "es": Wording("¡Pago recibido! Importe: {{1}}\nReferencia: {{2}}\n¡Gracias por su confianza!"),
        "fr": Wording("Paiement reçu ! Montant : {{1}}\nRéférence : {{2}}\nMerci de votre confiance !"),
        "pt_BR": Wording("Pagamento recebido! Valor: {{1}}\nReferência: {{2}}\nObrigado pela preferência!"),
    },
)

APPOINTMENT_REMINDER = TemplateDefinition(
    name="appointment_reminder",
    category="UTILITY",
    fields={"with_whom": "Dr. Silva", "date": "March 3", "time": "10:30 AM", "location": "12 Main Street"},
    wordings={
        "en_US": Wording("Reminder: You have an appointment with {{1}} on {{2}} at {{3}}.\nLocation: {{4}}."),
        "es": Wording("Recordatorio: tiene una cita con {{1}} el {{2}} a las {{3}}.\nLugar: {{4}}."),
        "fr": Wording("Rappel : vous avez rendez-vous avec {{1}} le {{2}} à {{3}}.\nLieu : {{4}}."),
        "pt_BR": Wording("Lembrete: você tem um compromisso com {{1}} em {{2}} às {{3}}.\nLocal: {{4}}."),
    },
)

BUSINESS_INVITATION = TemplateDefinition(
    name="business_invitation",
    category="MARKETING",
    fields={"sender_name": "John Doe", "message": "Join me on Dott: it keeps my invoices in one place."},
    url_path="/i/",
    url_field=("token", "Zr8sW2kQpL4xTn9v"),
    wordings={
        "en_US": Wording(
            "Hello! {{1}} invites you to work together on Dott:\n\n{{2}}\n\nTap below to see the invitation.",
            footer="Reply STOP to opt out.",
            button="View invitation",
        ),
        "es": Wording(
            "¡Hola! {{1}} te invita a trabajar juntos en Dott:\n\n{{2}}\n\nToca abajo para ver la invitación.",
            footer="Responde BAJA para no recibir más mensajes.",
            button="Ver la invitación",
        ),
        "fr": Wording(
            "Bonjour ! {{1}} vous invite à travailler ensemble sur Dott :\n\n{{2}}\n\n"
            "Touchez ci-dessous pour voir l'invitation.",
            footer="Répondez ARRÊT pour ne plus rien recevoir.",
            button="Voir l'invitation",
        ),
        "pt_BR": Wording(
            "Olá! {{1}} convida você para trabalharem juntos no Dott:\n\n{{2}}\n\nToque abaixo para ver o convite.",
            footer="Responda SAIR para não receber mais mensagens.",
            button="Ver o convite",
        ),
    },
)

DEFINITIONS = {
    definition.name: definition
    for definition in (INVOICE_NOTIFICATION, PAYMENT_CONFIRMATION, APPOINTMENT_REMINDER, BUSINESS_INVITATION)
}
