"""The system checks as lines of the log, for processes that run for ever."""

import logging
from typing import Final

from django.core import checks
from django.core.checks.registry import registry
from django.core.management.base import SystemCheckError

logger: Final = logging.getLogger("usher.checks")


def check(*, has_pages: bool = True) -> None:
    """Log what the checks say. Raises SystemCheckError, with the number of errors, when it must not run so.

    Whoever shows no page looks neither at the addresses of all pages nor at the admin's: they would have to be loaded.
    """
    found = [one for one in _said(has_pages=has_pages) if not one.is_silenced()]
    for one in found:
        hint = f" {one.hint}" if one.hint else ""
        logger.log(one.level, "%s %s%s", one.id, one.msg, hint)
    errors = sum(one.level >= checks.ERROR for one in found)
    if errors:
        raise SystemCheckError(f"{errors} settings can't be right.")


def _said(*, has_pages: bool) -> list[checks.CheckMessage]:
    of_pages = () if has_pages else (checks.Tags.urls, checks.Tags.admin)
    asked = [one for one in registry.get_checks() if not {*of_pages} & {*one.tags}]
    return [message for one in asked for message in one(app_configs=None, databases=None)]
