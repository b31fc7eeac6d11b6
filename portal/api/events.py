"""The log, for auditors and admins: in its own order, so that a reader can follow it."""

from typing import Final

from ninja import Query, Router

from access.models import AuditEvent, Scope
from access.people.rules import check_can_read_log
from portal.api import openapi, schemas
from portal.api.auth import ApiRequest, Bearer
from portal.api.fields import Moment, Text
from portal.api.paging import Part, number_after, sealed

router: Final = Router(tags=["The log"])


class Narrow(Part):
    """`type` is one such as grant.active, `request` and `grant` are references."""

    type: Text = ""
    actor: Text = ""
    request: Text = ""
    grant: Text = ""
    since: Moment | None = None
    until: Moment | None = None


@router.get(
    "/audit", auth=Bearer(Scope.AUDIT), response=openapi.reading(schemas.Events), operation_id="list_events",
    summary="The log, the newest last",
)  # fmt: skip
def index(request: ApiRequest, narrow: Query[Narrow]) -> schemas.Events:
    check_can_read_log(by=request.user)
    after = number_after(narrow)
    facts = {
        "type": narrow.type, "actor": narrow.actor, "request_ref": narrow.request.upper(),
        "grant_ref": narrow.grant.upper(), "at__gte": narrow.since, "at__lt": narrow.until,
    }  # fmt: skip
    wanted = {name: value for name, value in facts.items() if value}
    found = list(AuditEvent.objects.filter(seq__gt=after, **wanted).order_by("seq")[: narrow.limit])
    last = found[-1].number if found else after
    return schemas.Events(items=[schemas.event(one) for one in found], next_cursor=sealed(str(last)) if last else None)
