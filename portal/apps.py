from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"

    def ready(self) -> None:
        from portal import checks, sign_in_checks, sign_ins, slack_checks, stream_checks  # noqa: F401  register the system checks, and what hears of sign-ins
