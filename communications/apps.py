from django.apps import AppConfig


class CommunicationsConfig(AppConfig):
    name = "communications"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "WhatsApp"

    def ready(self) -> None:
        # Registers the system checks.
        from communications import checks  # noqa: F401
        from communications.api import checks as api_checks  # noqa: F401
