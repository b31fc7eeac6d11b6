"""Whom Usher could give no access, since it does not know which account is theirs."""

from typing import Final

from django.db.models import Count
from django.utils.translation import gettext as _

from access.alerts.alert import WAIT, Alert
from access.models import Integration, UserMapping
from access.people.mapping_status import Status, with_status

_FINE: Final = (Status.MAPPED, Status.BOT)


def for_start() -> list[Alert]:
    """Count by how their mapping stands those who can sign in. One query."""
    aptible = UserMapping.objects.filter(integration__type=Integration.Type.APTIBLE, user__is_active=True)
    stuck = with_status(aptible).exclude(status__in=_FINE).values("status").order_by("status")
    told = [f"{Status(one['status']).label}: {one['count']}" for one in stuck.annotate(count=Count("pk"))]
    text = _("Some people can get no access. %(told)s.")
    return [Alert("mappings", WAIT, text % {"told": ". ".join(told)})] if told else []
