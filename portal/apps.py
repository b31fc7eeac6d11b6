from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"

    def ready(self) -> None:
        # They register the system checks, and what hears of sign-ins.
        from django.conf import settings

        from portal import checks, error_reports, event_checks, setting_checks  # noqa: F401
        from portal.sign_in import checks as sign_in_checks  # noqa: F401
        from portal.sign_in import sign_ins  # noqa: F401
        from portal.slack import checks as slack_checks  # noqa: F401

        if settings.SENTRY_DSN:
            error_reports.start()
