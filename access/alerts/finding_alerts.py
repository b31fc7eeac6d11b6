"""What an admin has to know of what was found at Aptible."""

from django.db.models import Count, Min, QuerySet
from django.utils.translation import gettext as _

from access.alerts.alert import WAIT, Alert
from access.evidence.lists import TO_DO, VIEWS
from access.models import Finding


def to_do() -> QuerySet[Finding]:
    return Finding.objects.filter(VIEWS[TO_DO][1])


def for_admin() -> list[Alert]:
    """Count by kind what nobody has dealt with. One query."""
    found = to_do().values("kind").order_by("kind")
    counted = list(found.annotate(count=Count("pk"), since=Min("first_seen_at")))
    if not counted:
        return []
    labels = dict(Finding.Kind.choices)
    told = ", ".join(f"{str(labels[one['kind']]).lower()}: {one['count']}" for one in counted)
    text = _("Aptible and Usher do not agree. %(told)s.") % {"told": told[:1].upper() + told[1:]}
    return [Alert("findings", WAIT, text, at=min(one["since"] for one in counted))]
