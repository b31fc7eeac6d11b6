"""The admin as one of the applications: its pages are loaded with the addresses, by whoever has any to show."""

from typing import Any

from django.contrib.admin.apps import SimpleAdminConfig
from django.contrib.admin.checks import check_admin_app, check_dependencies
from django.core import checks


class AdminConfig(SimpleAdminConfig):
    """Loads no page at the start: the worker, its jobs and most commands show none, and start a quarter quicker."""

    def ready(self) -> None:
        checks.register(check_dependencies, checks.Tags.admin)
        checks.register(_check_pages, checks.Tags.admin)


def _check_pages(**asked: Any) -> list[checks.CheckMessage]:
    # A check finds what is registered by then, and which check comes first is left to chance.
    import access.admin  # noqa: F401

    return list(check_admin_app(asked.pop("app_configs"), **asked))
