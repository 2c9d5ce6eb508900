"""The templates that the sandbox's business account begins with, approved."""

from dataclasses import replace

from sandbox.content import Button
from sandbox.templates import Template

HELLO_WORLD = Template(
    name="hello_world",
    header="Hello World",
    body="Welcome and congratulations!! This message demonstrates your ability to send a WhatsApp message "
    "notification from the Cloud API, hosted by Meta. Thank you for taking the time to test with us.",
    footer="WhatsApp Business Platform sample message",
)
INVITATION_LINK = "https://dott.example/i/{{1}}"

# Meta refuses a body that ends with a variable: invoice and reminder are approved with a closing full stop.
BODIES: dict[str, dict[str, str]] = {
    "invoice_notification": {
        "en_US": "Hi {{1}}, your invoice {{2}} for {{3}} is ready.\nView and pay here: {{4}}.",
        "es": "Hola {{1}}, tu factura {{2}} por {{3}} está lista.\nConsúltala y págala aquí: {{4}}.",
        "fr": "Bonjour {{1}}, votre facture {{2}} de {{3}} est prête.\nConsultez-la et payez-la ici : {{4}}.",
        "pt_BR": "Olá {{1}}, sua fatura {{2}} de {{3}} está pronta.\nVeja e pague aqui: {{4}}.",
    },
    "payment_confirmation": {
        "en_US": "Payment received! Amount: {{1}}\nReference: {{2}}\nThank you for your business!",
        "es": "¡Pago recibido! Importe: {{1}}\nReferencia: {{2}}\n¡Gracias por su confianza!",
        "fr": "Paiement reçu ! Montant : {{1}}\nRéférence : {{2}}\nMerci de votre confiance !",
        "pt_BR": "Pagamento recebido! Valor: {{1}}\nReferência: {{2}}\nAgradecemos a preferência!",
    },
    "appointment_reminder": {
        "en_US": "Reminder: You have an appointment with {{1}} on {{2}} at {{3}}.\nLocation: {{4}}.",
        "es": "Recordatorio: tienes una cita con {{1}} el {{2}} a las {{3}}.\nLugar: {{4}}.",
        "fr": "Rappel : vous avez rendez-vous avec {{1}} le {{2}} à {{3}}.\nLieu : {{4}}.",
        "pt_BR": "Lembrete: você tem um compromisso com {{1}} em {{2}} às {{3}}.\nLocal: {{4}}.",
    },
    "business_invitation": {
        "en_US": "Hello! {{1}} invites you to work together on Dott:\n\n{{2}}\n\nTap below to see the invitation.",
        "es": "¡Hola! {{1}} te invita a trabajar en equipo en Dott:\n\n{{2}}\n\nToca abajo para ver la invitación.",
        "fr": "Bonjour ! {{1}} vous invite à travailler ensemble sur Dott :\n\n{{2}}\n\n"
        "Touchez ci-dessous pour voir l’invitation.",
        "pt_BR": "Olá! {{1}} convida você para trabalhar em conjunto na Dott:\n\n{{2}}\n\n"
        "Toque abaixo para ver o convite.",
    },
}
# Footer, the label of the link, and the quick replies.
INVITATIONS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "en_US": ("Reply STOP to opt out.", "View invitation", ("Accept", "Not now")),
    "es": ("Responde STOP para no recibir más.", "Ver invitación", ("Aceptar", "Ahora no")),
    "fr": ("Répondez STOP pour ne plus rien recevoir.", "Voir l’invitation", ("Accepter", "Pas maintenant")),
    "pt_BR": ("Responda STOP para não receber mais.", "Ver convite", ("Aceitar", "Agora não")),
}


def approved(name: str, language: str) -> Template:
    template = Template(name=name, language=language, body=BODIES[name][language])
    if name != "business_invitation":
        return template
    footer, label, replies = INVITATIONS[language]
    buttons = (Button(label, INVITATION_LINK), *(Button(reply, kind="quick_reply") for reply in replies))
    return replace(template, category="marketing", footer=footer, buttons=buttons)


TRANSLATED = tuple(approved(name, language) for name, bodies in BODIES.items() for language in bodies)
ENGLISH = tuple(replace(template, language="en") for template in TRANSLATED if template.language == "en_US")

APPROVED: dict[tuple[str, str], Template] = {
    (template.name, template.language): template for template in (HELLO_WORLD, *TRANSLATED, *ENGLISH)
}
