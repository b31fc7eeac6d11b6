"""The system checks as lines of the log, for processes that run for ever."""

import logging
from typing import Final

from django.core import checks
from django.core.management.base import SystemCheckError

logger: Final = logging.getLogger("usher.checks")


def check() -> None:
    """Log what the checks say. Raises SystemCheckError, with the number of errors, when it must not run so."""
    found = [one for one in checks.run_checks() if not one.is_silenced()]
    for one in found:
        hint = f" {one.hint}" if one.hint else ""
        logger.log(one.level, "%s %s%s", one.id, one.msg, hint)
    errors = sum(one.level >= checks.ERROR for one in found)
    if errors:
        raise SystemCheckError(f"{errors} settings can't be right.")
