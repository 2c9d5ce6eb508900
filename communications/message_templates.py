"""The message templates that Dott sends, in every language. Pure.

To add one, follow the five steps in `docs/message-templates.md`.
"""

from communications.template_definition import DEFAULT_LANGUAGE, TemplateDefinition, Wording, fold

__all__ = [
    "APPOINTMENT_REMINDER",
    "BUSINESS_INVITATION",
    "DEFAULT_LANGUAGE",
    "DEFINITIONS",
    "INVOICE_NOTIFICATION",
    "PAYMENT_CONFIRMATION",
    "TemplateDefinition",
    "Wording",
    "fold",
]

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
        "es": Wording("Hola {{1}}: su factura {{2}} por {{3}} está lista.\nConsúltela y páguela aquí: {{4}}."),
        "fr": Wording(
            "Bonjour {{1}}, votre facture {{2}} d'un montant de {{3}} est prête.\n"
            "Consultez-la et réglez-la ici : {{4}}."
        ),
        "pt_BR": Wording("Olá, {{1}}! Sua fatura {{2}} no valor de {{3}} está pronta.\nVeja e pague aqui: {{4}}."),
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
    reply_fields=("accept", "decline"),
    wordings={
        "en_US": Wording(
            "Hello! {{1}} invites you to work together on Dott:\n\n{{2}}\n\nTap below to see the invitation.",
            footer="Reply STOP to opt out.",
            button="View invitation",
            replies=("Accept", "Not now"),
        ),
        "es": Wording(
            "¡Hola! {{1}} le invita a trabajar en equipo en Dott:\n\n{{2}}\n\nToque abajo para ver la invitación.",
            footer="Responda BAJA para no recibir más mensajes.",
            button="Ver la invitación",
            replies=("Aceptar", "Ahora no"),
        ),
        "fr": Wording(
            "Bonjour ! {{1}} vous invite à travailler ensemble sur Dott :\n\n{{2}}\n\n"
            "Touchez ci-dessous pour voir l'invitation.",
            footer="Répondez ARRÊT pour ne plus rien recevoir.",
            button="Voir l'invitation",
            replies=("Accepter", "Pas maintenant"),
        ),
        "pt_BR": Wording(
            "Olá! {{1}} convida você para trabalhar em conjunto no Dott:\n\n{{2}}\n\nToque abaixo para ver o convite.",
            footer="Responda SAIR para não receber mais mensagens.",
            button="Ver o convite",
            replies=("Aceitar", "Agora não"),
        ),
    },
)

DEFINITIONS = {
    definition.name: definition
    for definition in (INVOICE_NOTIFICATION, PAYMENT_CONFIRMATION, APPOINTMENT_REMINDER, BUSINESS_INVITATION)
}
