"""Plain functions that make rows. A test names only what it is about; the rest is the announcement's story."""

import uuid
from datetime import datetime, timedelta
from typing import Any, NoReturn

from django.db.models import QuerySet

from access.config import plain_policy
from access.core.prepared import prepared
from access.core.states import EndReason, GrantState, RequestState
from access.grants import lifecycle
from access.models import (
    AccessRequest,
    Delegation,
    Flow,
    Grant,
    Group,
    Integration,
    Pool,
    Stage,
    Strategy,
    Target,
    User,
    UserMapping,
)
from access.people import delegations
from access.requests import ask, decide
from integrations.aptible.simulator import seed
from integrations.aptible.simulator.state import lasting_id
from tests.organization import INTEGRATION, PEOPLE, connected
from tests.story import Story

HOUR = 3600
AUDIT_KEY = "dGVzdHMtc2VhbC10aGUtbG9nLXdpdGgtdGhpcy1rZXk="


def account_id(user: User) -> str:
    """The id that the simulator gives to the account with this e-mail."""
    return lasting_id("person", user.email)


def person(name: str, **fields) -> User:
    """Written as it is: what is refused of a person's row has tests of its own."""
    email, full_name = PEOPLE.get(name, (f"{name}@example.com", name.title()))
    return _known_or_new(email, name=full_name, **fields)


def admin() -> User:
    return _known_or_new("olga@example.com", name="Olga Brandt", is_staff=True, is_superuser=True)


def _known_or_new(email: str, *, password: str | None = None, **fields: Any) -> User:
    if known := _people(email):
        return known[0]
    made = User(email=email.lower(), **fields)
    made.set_password(password)
    made.save()
    return made


@prepared
def _people(email: str) -> QuerySet[User]:
    return User.objects.filter(email=email)


@prepared
def _targets(name: str) -> QuerySet[Target]:
    return Target.objects.filter(name=name)


@prepared
def _flows(name: str) -> QuerySet[Flow]:
    return Flow.objects.filter(name=name)


def integration() -> Integration:
    if INTEGRATION.may_begin():
        return INTEGRATION.write()
    return Integration.objects.filter(type=Integration.Type.APTIBLE).first() or connected()


def target(name: str = "prod", label: str = "Prod", role_id: str = seed.PROD_ROLE_ID) -> Target:
    known = _targets(name)
    return (
        known[0] if known else Target.objects.create(name=name, label=label, integration=integration(), role_id=role_id)
    )


def strategy() -> Strategy:
    """What the flow gives access through, with its targets."""
    known = Strategy.objects.filter(name=(name := "main-aptible-strategy")).first()
    return known or Strategy.objects.create(name=name, integration=integration())


def flow(name: str = "production-access", **fields) -> Flow:
    if (name, fields) == ("production-access", {}) and FLOW.may_begin():
        return FLOW.write(person("adam"))
    known = _flows(name)
    return known[0] if known else _new_flow(person("adam"), name, **fields)


def _new_flow(approver: User, name: str = "production-access", **fields: Any) -> Flow:
    through = strategy()
    through.targets.add(target())
    defaults = {"allowed_durations": [60, HOUR, 4 * HOUR, 8 * HOUR], "default_duration": HOUR}
    made = Flow.objects.create(name=name, **{"label": "Production access", "strategy": through, **defaults, **fields})
    decided_by(made, approver)
    return made


def approval_flow(name: str = "deploy", **fields) -> Flow:
    """A flow that gives no access: an approval is all that can be asked for. Adam decides."""
    if known := _flows(name):
        return known[0]
    made = Flow.objects.create(
        name=name, **{"label": "Deploy", "allowed_durations": [], "default_duration": 0, **fields}
    )
    decided_by(made, person("adam"))
    return made


def decided_by(flow: Flow, *people: User, needed: int = 1) -> None:
    """Let these people decide, asked at once, so many of them: one stage."""
    plain_policy.put(flow, people, needed)


def also_decided_by(flow: Flow, *people: User) -> None:
    """Let these people decide, too, in the only stage."""
    flow.stages.get().pools.get().people.add(*people)


def stage(flow: Flow, *whom: User | Group, label: str = "", needed: int = 1, managers: bool = False) -> Stage:
    """Put one more stage behind the others."""
    made = flow.stages.create(label=label, approvals_needed=needed, position=flow.stages.count() + 1)
    pool(made, *whom, managers=managers)
    return made


def pool(stage: Stage, *whom: User | Group, managers: bool = False, after: int = 0) -> Pool:
    """Let a stage ask these, too, after so many seconds."""
    made = stage.pools.create(managers=managers, after=after)
    made.people.set([one for one in whom if isinstance(one, User)])
    made.groups.set([one for one in whom if isinstance(one, Group)])
    return made


def group(label: str, *members: User) -> Group:
    made, _new = Group.objects.get_or_create(name=label.lower(), defaults={"label": label})
    made.members.set(members)
    return made


def stands_in(person: User) -> None:
    """Let this person decide for others in every flow, beside who does already."""
    stand_ins = Group.objects.get_or_create(name="stand-ins", defaults={"label": "Stand-ins"})[0]
    stand_ins.members.add(person)
    for one in Flow.objects.all():
        one.stand_ins.add(stand_ins)


def delegation(away: User, to: User, *, now: datetime, **fields) -> Delegation:
    """Somebody is away for a day from now on, unless said otherwise, and the other has accepted."""
    stands_in(to)
    given = {"starts_at": now, "ends_at": now + timedelta(days=1), "reason": "On holiday.", "by": away, **fields}
    made = delegations.delegate(from_person=away, to_person=to, now=now, **given)
    delegations.accept(delegation=made, by=to, now=now)
    made.refresh_from_db()
    return made


def mapping(user: User, *, account_id: str = "") -> UserMapping:
    """Pin the person's account: the simulator's own, unless another is named."""
    made, _new = UserMapping.objects.update_or_create(
        user=user,
        integration=integration(),
        defaults={
            "account_id": account_id or lasting_id("person", user.email),
            "problem": "",
            "matched_at": user.joined_at,
        },
    )
    return made


def request_at(
    *,
    state: str = RequestState.PENDING,
    now: datetime,
    requester: User | None = None,
    seconds: int = HOUR,
    starts_at: datetime | None = None,
    reason: str = "to fix Ticket 123",
    ticket: str = "",
    in_flow: Flow | None = None,
    for_target: Target | None = None,
    answers: dict[str, Any] | None = None,
) -> AccessRequest:
    """Ask as Jon, and bring the request to `state` through the real services."""
    requester, in_flow = requester or person("jon"), in_flow or flow()
    if in_flow.gives_access and not UserMapping.objects.filter(user=requester).exists():
        mapping(requester)
    asked = ask.ask(
        flow=in_flow,
        target=(for_target or target()) if in_flow.gives_access else None,
        requester=requester,
        seconds=seconds if in_flow.gives_access else 0,
        reason=reason,
        ticket=ticket,
        starts_at=starts_at,
        submission=uuid.uuid4(),
        now=now,
        answers=answers,
    )
    match state:
        case RequestState.APPROVED:
            decide.approve(request=asked, by=person("adam"), comment="", now=now)
        case RequestState.DENIED:
            decide.deny(request=asked, by=person("adam"), comment="Not now.", now=now)
        case RequestState.WITHDRAWN:
            ask.withdraw(request=asked, by=requester, now=now)
        case RequestState.LAPSED:
            lifecycle.move_request(asked, RequestState.LAPSED, actor="usher", now=now)
    return AccessRequest.objects.get(pk=asked.pk)


def broken_glass(*, now: datetime, requester: User | None = None, **asked: Any) -> AccessRequest:
    """Let Jon use break-glass in an emergency, on a flow that allows it; on another target each time."""
    requester = requester or person("jon")
    mapping(requester) if not UserMapping.objects.filter(user=requester).exists() else None
    used = AccessRequest.objects.filter(requester=requester, path="break_glass").count()
    another = target(f"prod-{used}", f"Prod {used}", f"r-prod-{used}") if used else target()
    Strategy.objects.get(flows=flow()).targets.add(another)
    emergency = {
        "flow": flow(), "target": another, "seconds": HOUR, "reason": "the database is down", "ticket": "INC-1",
        "starts_at": None, "submission": uuid.uuid4(), **asked,
    }  # fmt: skip
    Flow.objects.filter(pk=emergency["flow"].pk).update(break_glass=True)
    return ask.ask(requester=requester, now=now, break_glass=True, **emergency)


def grant(
    *, state: str = GrantState.ACTIVE, now: datetime, person: User | None = None, seconds: int = HOUR, **asked
) -> Grant:
    """Make a grant behind an approved request, and bring it to `state` through the one writer of states."""
    request = request_at(state=RequestState.APPROVED, now=now, requester=person, seconds=seconds, **asked)
    made = Grant.objects.get(requests=request)
    path = [GrantState.GRANTING, GrantState.ACTIVE, GrantState.REVOKING, GrantState.ENDED]
    for step in path[: path.index(GrantState(state)) + 1] if state != GrantState.SCHEDULED else []:
        move(made, step, now=now)
    return made.refreshed()


def move(grant: Grant, to: str, *, now: datetime) -> None:
    """Move a grant one step as if the provider had been asked and had answered."""
    grant.refresh_from_db()
    ends_at = now + timedelta(seconds=grant.seconds)
    evidence = {"seen_at": now.isoformat(), "memberships_before": [], "memberships_after": []}
    changes: dict[GrantState, dict[str, Any]] = {
        GrantState.GRANTING: {"asked_at": now},
        GrantState.ACTIVE: {
            "confirmed_at": now,
            "ends_at": ends_at,
            "due_at": ends_at,
            "start_evidence": {**evidence, "memberships_after": ["m-1"]},
        },
        GrantState.REVOKING: {"end_due_at": now, "end_reason": EndReason.EXPIRED},
        GrantState.ENDED: {"ended_at": now, "end_evidence": {**evidence, "memberships_before": ["m-1"]}},
    }
    lifecycle.advance(grant, GrantState(to), actor="usher", now=now, **changes[GrantState(to)])


def breaks(*_args, **_kwargs) -> NoReturn:
    """Stands in for a step that fails."""
    raise RuntimeError("This step breaks.")


def breaks_after(calls: int, real):
    """Stands in for a step that works `calls` times and then fails."""
    left = iter(range(calls))

    def step(*args, **kwargs):
        return real(*args, **kwargs) if next(left, None) is not None else breaks()

    return step


FLOW = Story(
    _new_flow, *INTEGRATION.models, Strategy, Target, Strategy.targets.through, Flow, Stage, Pool, Pool.people.through
)
