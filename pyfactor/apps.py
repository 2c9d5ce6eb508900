from django.apps import AppConfig


class PyfactorConfig(AppConfig):
    name = "pyfactor"

    def ready(self) -> None:
        from pyfactor import checks  # noqa: F401  (registers the system checks)
