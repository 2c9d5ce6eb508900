from django.apps import AppConfig


class InvitationsConfig(AppConfig):
    name = "invitations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from communications.due_work import add
        from communications.health import checklist
        from invitations import checks, due_work, go_live, receivers  # noqa: F401  (registers checks and receivers)

        add(due_work.expiries)
        add(due_work.reminders)
        checklist.add("templates", go_live.INVITATION_TEMPLATE)
