"""The letter to the auditors, once a month: what matters of the report, and the way to all of it."""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from access.core import durations
from access.models import Notification
from access.notify.letters.letter import Letter, Link, facts, paragraphs


def month(notification: Notification) -> Letter:
    told = notification.facts
    words = {**told, "month": date_format(date.fromisoformat(f"{told['month']}-01"), "F Y")}
    return Letter(
        subject=_("Access in %(month)s: %(requests)s requests, %(late)s late ends") % words,
        text=paragraphs(
            _("This is what came of the requests that were asked in %(month)s (UTC), as far as it is known now.")
            % words,
            _("Not every access has ended yet, so some of it may change: the page says how it stands.")
            if told["open"] != "0"
            else "",
        ),
        facts=facts(*_lines(told)),
        link=Link(_("Open the reports"), "reports", ""),
    )


def _lines(told: dict[str, str]) -> list[tuple[str, str]]:
    """Each line says something, also that there was none of it."""
    return [
        (
            _("Requests"),
            _("%(requests)s: %(approved)s approved, %(denied)s denied, %(not_decided)s not decided") % told,
        ),
        (_("Without an approver"), _("%(fast_track)s by fast track, %(break_glass)s by break-glass") % told),
        (
            _("Reviews after break-glass"),
            _("%(reviews_open)s not signed off, %(not_justified)s not justified") % told,
        ),
        (_("Access that has ended"), _("%(ended)s, %(late)s of them more than a minute late") % told),
        (_("Late by"), _late(told)),
        (
            _("Not as it should be"),
            _("%(failed)s refused or gone at Aptible, %(not_verified)s not verified, %(outlived)s with a later session")
            % told,
        ),
        (_("Not used at all"), _("%(unused)s of %(known)s of which it is known") % told),
        (_("Found at Aptible"), _("%(found)s findings; %(listed)s members whom nobody approved at its end") % told),
    ]


def _late(told: dict[str, str]) -> str:
    if "late_p50" not in told:
        return ""
    named = {name: durations.precise(float(told[f"late_{name}"])) for name in ("p50", "p99", "max")}
    return _("half of them by at most %(p50)s, 99 of 100 by at most %(p99)s, the longest by %(max)s") % named
