"""Requests: ask, look, decide, withdraw."""

from typing import Any, Final

from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Body, Path, Query, Router, Schema, Status
from pydantic import ConfigDict

from access.core.errors import Invalid
from access.core.prepared import prepared
from access.core.states import GrantState, RequestState
from access.models import AccessRequest, Decision, Flow, Scope, Target, User
from access.policy import askers, decides_for
from access.policy.decides_for import Reach
from access.requests import ask as service
from access.requests import decide, detail, lists, pagination
from access.requests.pagination import Place
from portal.api import dry_run, openapi, schemas
from portal.api.auth import ApiRequest, Bearer, check_scope
from portal.api.fields import Answers, Moment, RequestRef, Seconds, Text
from portal.api.idempotency import once, submission
from portal.api.kinds import MissingScope
from portal.api.paging import Part, of_reference, reference_in

router: Final = Router(tags=["Requests"])


class Ask(Schema):
    """What the form on the page asks for. Without `starts_at` access begins as soon as it is approved.

    A flow that lists no targets gives no access: an approval is all that it is asked for, without target and duration.
    `fields` answers the flow's own questions, by name. `break_glass` takes access at once, for an emergency, where
    the flow allows that and the token has the scope of that name. `assistant` names what asks in the person's name; a
    token of the scope `assist` always asks so. Such requests are marked, and decided by people alone.
    """

    model_config = ConfigDict(extra="forbid")

    flow: Text
    target: Text | None = None
    duration: Seconds | None = None
    reason: Text
    ticket: Text = ""
    starts_at: Moment | None = None
    fields: Answers = {}
    break_glass: bool = False
    assistant: Text = ""


class Decide(Schema):
    """`duration` shortens what was asked for, to one that the flow offers."""

    model_config = ConfigDict(extra="forbid")

    comment: Text = ""
    duration: Seconds | None = None


class Comment(Schema):
    model_config = ConfigDict(extra="forbid")

    comment: Text = ""


class Nothing(Schema):
    model_config = ConfigDict(extra="forbid")


class Narrow(Part):
    """`state` is that of a request or of the access behind it; `requester` an e-mail; times are of the asking."""

    state: Text = ""
    requester: Text = ""
    target: Text = ""
    flow: Text = ""
    since: Moment | None = None
    until: Moment | None = None


class DryRun(Schema):
    model_config = ConfigDict(extra="forbid")

    dry_run: bool = False


@router.get(
    "/requests", auth=Bearer(Scope.READ), response=openapi.reading(schemas.Requests), operation_id="list_requests",
    summary="Requests that this person may see, the newest first",
)  # fmt: skip
def index(request: ApiRequest, narrow: Query[Narrow]) -> schemas.Requests:
    by = lists.Narrowing(
        **_state(narrow.state),
        target=narrow.target,
        flow=narrow.flow,
        email=narrow.requester,
        since=narrow.since,
        until=narrow.until,
    )
    place = Place(older_than=reference_in(AccessRequest, narrow))
    reach = Reach(request.user) if request.user.reads_all else decides_for.of(request.user, now=timezone.now())
    part = pagination.visible(reach, by, place, size=narrow.limit, facts=lists.for_answer)
    cursor = of_reference(part.older_than) if part.older_than else None
    decided = lists.decisions(part.requests)
    items = [schemas.request(one, decided[one.pk]) for one in part.requests]
    return schemas.Requests(items=items, next_cursor=cursor)


@router.get(
    "/requests/{slug:ref}", auth=Bearer(Scope.READ), response=openapi.reading(schemas.RequestOut, 404),
    operation_id="get_request", summary="One request",
)  # fmt: skip
def show(request: ApiRequest, ref: Path[RequestRef]) -> schemas.RequestOut:
    return _shown(request, ref)


@router.post(
    "/requests", auth=Bearer(Scope.ASK, Scope.ASSIST), operation_id="ask", summary="Ask for access",
    response=openapi.writing({200: dry_run.Outlook, 201: schemas.RequestOut}),
    description="With `dry_run=true` nothing is asked: the answer says who would decide, and what stands in the way.",
)  # fmt: skip
@once
def ask(request: ApiRequest, body: Ask, how: Query[DryRun]) -> Status[Any]:
    now = timezone.now()
    flow, target = _named(request, body)
    if how.dry_run:
        draft = _draft(request, body, flow, target)
        return Status(200, dry_run.outlook(draft, body.fields, break_glass=body.break_glass, now=now))
    if body.break_glass:
        check_scope(request.auth, Scope.BREAK_GLASS)
    made = service.ask(
        flow=flow,
        target=target,
        requester=request.user,
        seconds=body.duration or 0,
        reason=_lines(body.reason),
        ticket=body.ticket,
        starts_at=body.starts_at,
        submission=submission(request),
        now=now,
        break_glass=body.break_glass,
        answers=body.fields,
        assistant=_assistant(request, body),
    )
    # One that this very call was answered with before may have been decided since.
    decisions = () if made.created_at == now else made.decisions.select_related("by", "on_behalf_of")
    return Status(201, schemas.request(made, decisions))


@router.post(
    "/requests/{slug:ref}/approve", auth=Bearer(Scope.APPROVE), operation_id="approve", summary="Approve",
    response=openapi.writing({200: schemas.RequestOut}, 404),
)  # fmt: skip
@once
def approve(request: ApiRequest, ref: Path[RequestRef], body: Body[Decide | None] = None) -> Status[schemas.RequestOut]:
    said = body or Decide()

    decided = decide.approve(
        request=_visible(request, ref), by=request.user, comment=_lines(said.comment), seconds=said.duration,
        now=timezone.now(), place=Decision.Place.API,
    )  # fmt: skip
    return _told(decided)


@router.post(
    "/requests/{slug:ref}/deny", auth=Bearer(Scope.APPROVE), operation_id="deny", summary="Deny, and say why",
    response=openapi.writing({200: schemas.RequestOut}, 404),
)  # fmt: skip
@once
def deny(request: ApiRequest, ref: Path[RequestRef], body: Body[Comment | None] = None) -> Status[schemas.RequestOut]:
    said = _lines(body.comment) if body else ""

    asked = _visible(request, ref)
    decided = decide.deny(request=asked, by=request.user, comment=said, now=timezone.now(), place=Decision.Place.API)
    return _told(decided)


@router.post(
    "/requests/{slug:ref}/withdraw", auth=Bearer(Scope.ASK, Scope.ASSIST), operation_id="withdraw",
    summary="Take it back", response=openapi.writing({200: schemas.RequestOut}, 404),
)  # fmt: skip
@once
def withdraw(
    request: ApiRequest, ref: Path[RequestRef], body: Body[Nothing | None] = None
) -> Status[schemas.RequestOut]:
    asked = _visible(request, ref)
    if Scope.ASK not in request.auth.scopes and not asked.assistant:
        raise MissingScope(_("This token takes back what an assistant asked for, and nothing else."))
    service.withdraw(request=asked, by=request.user, now=timezone.now())
    return Status(200, _shown(request, ref))


def _told(decided: Decision) -> Status[schemas.RequestOut]:
    """The request as this decision left it."""
    return Status(200, schemas.request(decided.request, [*decided.request.decisions.all(), decided]))


def _visible(request: ApiRequest, ref: str) -> AccessRequest:
    """What `_shown` tells of, with nothing but its keys: who acts on it reads it anew under a lock."""
    found = detail.known(ref, reader=request.user, now=timezone.now())
    if found is None:
        raise Http404
    return found


def _shown(request: ApiRequest, ref: str) -> schemas.RequestOut:
    found = detail.find(ref, reader=request.user, now=timezone.now(), facts=lists.for_answer)
    if found is None:
        raise Http404
    return schemas.request(found, lists.decisions([found])[found.pk])


def _named(request: ApiRequest, body: Ask) -> tuple[Flow, Target | None]:
    """Find what is meant, among what the page would offer. Raises Invalid."""
    flow = next(iter(_flow(request.user, body.flow)), None)
    if flow is None:
        raise Invalid({"flow": _("This flow takes no requests at the moment.")})
    target = _target(request.user, flow, body.target) if body.target else None
    errors = {}
    if body.target and target is None:
        errors["target"] = _("Choose one of the roles that are offered.")
    if flow.gives_access and not body.target:
        errors["target"] = _("Choose what you need.")
    if flow.gives_access and not body.duration:
        errors["duration"] = _("Choose how long you need it.")
    if errors:
        raise Invalid(errors)
    return flow, target


@prepared
def _flow(person: User, name: str) -> QuerySet[Flow]:
    return askers.open_to(person).filter(name=name).select_related("strategy")


def _target(person: User, flow: Flow, name: str) -> Target | None:
    """One of the flow, or else of another that is open to them: nobody learns of targets in those that are hidden."""
    given = _given(flow.strategy_id, name) if flow.strategy_id else []
    return next(iter(given or _offered(person, name)), None)


@prepared
def _given(strategy: int, name: str) -> QuerySet[Target]:
    return Target.objects.filter(strategies=strategy, name=name).select_related("integration")


@prepared
def _offered(person: User, name: str) -> QuerySet[Target]:
    offered = Exists(askers.open_to(person).filter(strategy__targets=OuterRef("pk")))
    return Target.objects.filter(offered, name=name).select_related("integration")


def _draft(request: ApiRequest, body: Ask, flow: Flow, target: Target | None) -> AccessRequest:
    return AccessRequest(
        flow=flow,
        target=target,
        requester=request.user,
        seconds=body.duration or 0,
        reason=_lines(body.reason).strip(),
        ticket=body.ticket.strip(),
        starts_at=body.starts_at,
        assistant=_assistant(request, body),
    )


def _assistant(request: ApiRequest, body: Ask) -> str:
    """What asks in the person's name, as it calls itself; for a token that asks in no other way, never nothing."""
    return body.assistant.strip() or ("" if Scope.ASK in request.auth.scopes else _("an assistant"))


def _state(name: str) -> dict[str, str]:
    """Tell a request's own state from that of the access behind it; no two of them have the same name."""
    known = [*RequestState.values, *GrantState.values]
    if name and name not in known:
        raise Invalid({"state": _("There is no such state. There are: %(known)s.") % {"known": ", ".join(known)}})
    return {"state" if name in RequestState.values else "status": name}


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")
