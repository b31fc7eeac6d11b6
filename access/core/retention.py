"""What proves something is kept: no purge takes it away before its time is over, whoever asks for it."""

from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _

from access.core.errors import Conflict

SIX_YEARS: Final = timedelta(days=2192)  # as 45 CFR 164.316(b)(2)(i) asks of documentation
# Every table by its name, and for how long its rows are there. `docs/proof.md` prints this.
FOR_EVER: Final = frozenset(
    {
        "accessrequest", "accessreview", "accessreviewrow", "afterreview", "asked", "auditcheck", "auditevent",
        "audithead", "auditseal", "decision", "delegation", "finding", "grant", "grantactivity", "operation",
        "proposal", "token", "user",
    }
)  # fmt: skip
# Purged once they are done with and older than the retention.
FOR_THE_RETENTION: Final = frozenset({"notification"})
# The set-up, and what is known of the outside: there while it is so. What it was before tells the log.
WHILE_IT_IS_SO: Final = frozenset(
    {
        "anchorplace", "announcement", "declared", "directoryenvironment", "directorymembership",
        "directorypermission", "directoryperson", "directoryrole", "eventlog", "fasttrackrule", "flow", "group",
        "integration", "logreader", "mutedtopic", "oncall", "passkey", "pool", "promptfield", "provisionedgroup",
        "provisionedperson", "schedule", "secret", "shift", "slackhome", "slackpost", "stage", "strategy", "target",
        "turn", "usermapping", "webhook", "workinghours",
    }
)  # fmt: skip
# Of use for a while, and no proof of anything.
PASSING: Final = frozenset(
    {
        "challenge", "devicelogin", "keptanswer", "measure", "signinattempt", "slackdelivery", "worker",
        "reportfigures", "reportmonth",  # reckoned from what is kept
    }
)  # fmt: skip


def check_can_purge(*, before: datetime, now: datetime, retention: timedelta) -> None:
    """Raise Conflict, with the first day that may be named, for a purge of what is younger than the retention."""
    if before > now - retention:
        words = {"days": retention.days, "day": f"{now - retention:%Y-%m-%d}"}
        raise Conflict(
            _("What proves something is kept for %(days)d days: nothing from %(day)s or later can be purged.") % words
        )
