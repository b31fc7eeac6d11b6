"""A past of two years for an empty database: people, flows, and so many requests with what became of them.

The same number gives the same rows, but for the clock. The log is as long as it would be, but its chain is none: pages
look at it, and nobody verifies it.
"""

import random
import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model
from django.db.models.expressions import DatabaseDefault

from access.core.states import EndReason, GrantState, RequestState
from access.models import (
    AccessRequest,
    Asked,
    AuditEvent,
    AuditHead,
    Decision,
    Flow,
    Grant,
    Group,
    Integration,
    Pool,
    Secret,
    Stage,
    Strategy,
    Target,
    User,
)
from access.policy import approvers

PEOPLE, APPROVERS, GROUPS, TARGETS, FLOWS = 200, 28, 8, 60, 20
PENDING, LIVE = 50, 50  # of the newest requests
DAYS: Final = 730
HOUR: Final = 3600
BATCH: Final = 2000


class Past:
    """What happened, drawn by lot with a fixed seed."""

    def __init__(self, number: int, now: datetime) -> None:
        self._chance, self._number, self._now = random.Random(4711), number, now  # noqa: S311
        self.people = self._people()
        self.groups = self._groups()
        self._targets = self._set_up_targets()
        self._flows = [self._flow(number) for number in range(FLOWS)]

    def write(self) -> None:
        """Write all of it; nothing may be there before."""
        for part in _batches(self._lives()):
            _insert([grant for _request, grant in part if grant])
            _insert([request for request, _grant in part])
            _insert([one for request, _grant in part for one in self._asked(request)])
            _insert([one for request, grant in part for one in self._decided(request, grant)])
        for events in _batches(self._events()):
            _insert(events)
        end = AuditEvent.objects.latest()
        AuditHead.objects.update_or_create(pk=1, defaults={"seq": end.number, "hash": end.hash or ""})

    def _people(self) -> list[User]:
        made = [
            User(email=f"person{n:03}@example.com", name=f"First{n % 20} Last{n // 20}", password="!",  # noqa: S106
                 is_superuser=n == 0, is_staff=n == 0)
            for n in range(PEOPLE)
        ]  # fmt: skip
        User.objects.bulk_create(made)
        for number, one in enumerate(made[APPROVERS + 2 :]):
            one.manager = made[2 + number % APPROVERS]
        User.objects.bulk_update(made, ["manager"])
        return made

    def _groups(self) -> list[Group]:
        made = [Group.objects.create(name=f"group-{n}", label=f"Group {n}") for n in range(GROUPS)]
        for number, group in enumerate(made):
            group.members.set({self.people[2 + (number * 3 + n) % APPROVERS] for n in range(5)} | {self.people[2]})
        return made

    def _set_up_targets(self) -> list[Target]:
        secrets = [
            Secret.objects.create(name=name, source="env", location=f"BENCH_{name.upper()}")
            for name in ("user", "word")
        ]
        self._integration = Integration.objects.create(
            name="main", external_id=str(uuid.UUID(int=1)), username_secret=secrets[0], password_secret=secrets[1],
            due_at=self._now + timedelta(days=30), synced_at=self._now,
        )  # fmt: skip
        made = [
            Target(name=f"target-{n:02}", label=f"Target {n:02}", integration=self._integration, role_id=f"role-{n}")
            for n in range(TARGETS)
        ]
        return Target.objects.bulk_create(made)

    def _flow(self, number: int) -> tuple[Flow, list[Target], dict[str, Any]]:
        strategy = Strategy.objects.create(name=f"strategy-{number}", integration=self._integration)
        targets = [self._targets[(number * 3 + n) % TARGETS] for n in range(9)]
        strategy.targets.set(targets)
        flow = Flow.objects.create(
            name=f"flow-{number:02}", label=f"Flow {number:02}", strategy=strategy, pending_timeout=3 * 24 * HOUR,
            check_due_at=self._now + timedelta(days=30),
        )  # fmt: skip
        pool = Pool.objects.create(stage=Stage.objects.create(flow=flow), managers=number % 6 == 5)
        pool.groups.set([self.groups[number % GROUPS]])
        pool.people.set([self.people[2 + number % APPROVERS]])
        return flow, targets, approvers.of_flow(flow).copied()

    def _lives(self) -> Iterator[tuple[AccessRequest, Grant | None]]:
        held: set[tuple[int, int]] = set()
        for number in range(1, self._number + 1):
            left = self._number - number
            state = self._state(left)
            flow, targets, policy = self._chance.choice(self._flows)
            who, target = self._chance.choice(self.people[APPROVERS + 2 :]), self._chance.choice(targets)
            is_live = PENDING <= left < PENDING + LIVE and (who.pk, target.pk) not in held
            held |= {(who.pk, target.pk)} if is_live else set()
            at = self._now - timedelta(days=DAYS * left / self._number, hours=1)
            at = max(at, self._now - timedelta(hours=2)) if left < PENDING + LIVE else at
            settled = at + timedelta(seconds=round(self._chance.expovariate(1 / 600), 3))
            grant = (
                self._grant(number, who, target, settled, is_live=is_live) if state == RequestState.APPROVED else None
            )
            pending = state == RequestState.PENDING
            yield AccessRequest(
                id=number, ref=f"R-{number:06}", flow=flow, target=target, requester=who, state=state, seconds=HOUR,
                reason="to fix ticket 123", created_at=at, settled_at=None if pending else settled, policy=policy,
                due_at=at + timedelta(days=3) if pending else None, grant=grant, account_id=f"a-{who.pk}",
            ), grant  # fmt: skip

    def _state(self, left: int) -> RequestState:
        if left < PENDING:
            return RequestState.PENDING
        settled = (RequestState.DENIED, RequestState.WITHDRAWN, RequestState.LAPSED)
        return (
            RequestState.APPROVED
            if left < PENDING + LIVE or self._chance.random() < 0.8
            else self._chance.choice(settled)
        )

    def _grant(self, number: int, who: User, target: Target, at: datetime, *, is_live: bool) -> Grant:
        began = at + timedelta(seconds=round(self._chance.uniform(1, 4), 3))
        ends = self._now + timedelta(hours=6) if is_live else began + timedelta(hours=1)
        grant = Grant(
            id=number, ref=f"G-{number:06}", person=who, target=target, role_id=target.role_id, seconds=HOUR,
            account_id=f"a-{who.pk}", created_at=at, starts_at=at, asked_at=at, confirmed_at=began, ends_at=ends,
        )  # fmt: skip
        if is_live:
            grant.state, grant.due_at = GrantState.ACTIVE, ends
        else:
            grant.state, grant.end_reason, grant.ended_at, grant.end_due_at = (
                GrantState.ENDED, EndReason.EXPIRED, ends + self._late(), ends,
            )  # fmt: skip
        return grant

    def _late(self) -> timedelta:
        return timedelta(seconds=round(self._chance.lognormvariate(-0.5, 0.8), 3))

    def _asked(self, request: AccessRequest) -> Iterator[Asked]:
        opens = request.created_at if request.state == RequestState.PENDING else None
        [stage] = request.policy["stages"]
        for pool in stage["pools"]:
            whom = [{"person_id": one["id"]} for one in pool["people"]]
            whom += [{"group_id": one["id"]} for one in pool["groups"]]
            whom += [{"manager": True}] if pool["managers"] else []
            yield from (Asked(request=request, stage=0, opens_at=opens, **one) for one in whom)

    def _decided(self, request: AccessRequest, grant: Grant | None) -> Iterator[Decision]:
        if grant or request.state == RequestState.DENIED:
            by = self._chance.choice(self.people[2 : 2 + APPROVERS])
            verdict, comment = ("approve", "") if grant else ("deny", "Not now.")
            yield Decision(request=request, by=by, verdict=verdict, comment=comment, at=request.created_at)

    def _events(self) -> Iterator[AuditEvent]:
        who = ("requester", "requester__email", "requester__name")
        rows = AccessRequest.objects.order_by("pk").values_list("ref", *who, "created_at", "grant__ref")
        number = 0
        for ref, person, email, name, at, grant in rows.iterator():
            types = ["request.asked"]
            types += (
                ["request.approved", "grant.granting", "grant.active", "grant.revoking", "grant.ended"] if grant else []
            )
            for kind in types:
                number += 1
                yield AuditEvent(
                    seq=number, at=at, actor=email, actor_id=person, actor_name=name, type=kind,
                    request_ref=ref, grant_ref=grant or "", subject="target:prod",
                    hash=f"{number:064x}", previous=f"{number - 1:064x}",
                )  # fmt: skip


def _insert(rows: Sequence[Model]) -> None:
    """What bulk_create does, in a third of the time: that asks of each value anew whether it is an expression, and
    writes a statement for every few rows, as many as SQLite is said to take.
    """
    if not rows:
        return
    connection = connections[DEFAULT_DB_ALIAS]
    table, quote = rows[0]._meta, connection.ops.quote_name
    columns = [one for one in table.concrete_fields if _is_known(getattr(rows[0], one.attname), one)]
    names, places = ", ".join(quote(str(one.column)) for one in columns), ", ".join(["%s"] * len(columns))
    values = [[one.get_db_prep_save(getattr(row, one.attname), connection) for one in columns] for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {quote(table.db_table)} ({names}) VALUES ({places})", values)  # noqa: S608


def _is_known(value: Any, column: Any) -> bool:
    """Else the database fills it in."""
    return not isinstance(value, DatabaseDefault) and not (column.primary_key and value is None)


def _batches(rows: Iterable[Any]) -> Iterator[list[Any]]:
    left = iter(rows)
    while part := list(islice(left, BATCH)):
        yield part
