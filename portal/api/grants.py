"""Grants: what is held, was held and will be, and its early end."""

from datetime import datetime
from typing import Final

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Body, Path, Query, Router, Status

from access.core.errors import Invalid
from access.core.states import GrantState
from access.grants import active, end_early, whole_list
from access.grants import extend as extending
from access.models import Grant, Scope
from portal.api import openapi, schemas
from portal.api.auth import ApiRequest, Bearer
from portal.api.fields import GrantRef, Text
from portal.api.idempotency import once
from portal.api.paging import Part, of_reference, reference_in
from portal.api.requests import Comment, Nothing

router: Final = Router(tags=["Access"])


class Narrow(Part):
    """`person` is an e-mail, `target` a name."""

    state: Text = ""
    person: Text = ""
    target: Text = ""


@router.get(
    "/grants", auth=Bearer(Scope.READ), response=openapi.reading(schemas.Grants), operation_id="list_grants",
    summary="Access that this person may see, the newest first",
)  # fmt: skip
def index(request: ApiRequest, narrow: Query[Narrow]) -> schemas.Grants:
    if narrow.state and narrow.state not in GrantState.values:
        known = ", ".join(GrantState.values)
        raise Invalid({"state": _("There is no such state. There are: %(known)s.") % {"known": known}})
    now = timezone.now()
    by = active.Narrowing(person=narrow.person, target=narrow.target, state=narrow.state)
    after = reference_in(Grant, narrow)
    found = whole_list.newest(request.user, by, older_than=after, most=narrow.limit + 1, now=now)
    part = found[: narrow.limit]
    behind = whole_list.references(part)
    cursor = of_reference(part[-1].ref) if len(found) > narrow.limit else None
    return schemas.Grants(items=[schemas.grant(one, behind[one.pk], now=now) for one in part], next_cursor=cursor)


@router.get(
    "/grants/{slug:ref}", auth=Bearer(Scope.READ), response=openapi.reading(schemas.GrantOut, 404),
    operation_id="get_grant", summary="One grant",
)  # fmt: skip
def show(request: ApiRequest, ref: Path[GrantRef]) -> schemas.GrantOut:
    return _told(_found(request, ref), now=timezone.now())


@router.post(
    "/grants/{slug:ref}/end", auth=Bearer(Scope.END), operation_id="end_grant", summary="Let access end now",
    response=openapi.writing({200: schemas.GrantOut}, 404),
    description="The access is gone once the state is `ended`: when Aptible no longer lists the membership.",
)  # fmt: skip
@once
def end(request: ApiRequest, ref: Path[GrantRef], body: Body[Comment | None] = None) -> Status[schemas.GrantOut]:
    now = timezone.now()
    known = _one(active.ever_visible_to(request.user, now=now).only("pk"), ref)
    ended = end_early.end(grant=known, by=request.user, now=now, comment=body.comment if body else "")
    # What is behind it was read with it.
    return Status(200, schemas.grant(ended, [one.ref for one in ended.requests.all()], now=now))


@router.post(
    "/grants/{slug:ref}/extend", auth=Bearer(Scope.ASK), operation_id="extend_grant",
    summary="Hold on a little longer without approval, once, where the flow allows it",
    response=openapi.writing({200: schemas.GrantOut}, 404),
    description="Where it does not, ask again: what is approved extends the access that is held.",
)  # fmt: skip
@once
def extend(request: ApiRequest, ref: Path[GrantRef], body: Body[Nothing | None] = None) -> Status[schemas.GrantOut]:
    now = timezone.now()
    extending.extend(grant=_found(request, ref), by=request.user, now=now)
    return Status(200, _told(_found(request, ref), now=now))


def _found(request: ApiRequest, ref: str) -> Grant:
    seen = active.ever_visible_to(request.user, now=timezone.now())
    return _one(seen.select_related("person", "target"), ref)


def _told(held: Grant, *, now: datetime) -> schemas.GrantOut:
    return schemas.grant(held, whole_list.references([held])[held.pk], now=now)


def _one(rows: QuerySet[Grant], ref: str) -> Grant:
    found = rows.filter(ref=ref.upper()).first()
    if found is None:
        raise Http404
    return found
