from django.apps import AppConfig


class CommunicationsConfig(AppConfig):
    name = "communications"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "WhatsApp"

    def ready(self) -> None:
        from communications import checks  # noqa: F401  (registers the system checks)
