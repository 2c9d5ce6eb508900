from django.apps import AppConfig


class InvitationsConfig(AppConfig):
    name = "invitations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from communications.health import checklist
        from invitations import checks, go_live, receivers  # noqa: F401  (registers the system checks and the receivers)

        checklist.add("templates", go_live.INVITATION_TEMPLATE)
