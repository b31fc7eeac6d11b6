"""All that one request's page tells and offers to one reader."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import QuerySet

from access.core.errors import allowed
from access.core.prepared import prepared
from access.core.states import GrantState, RequestState
from access.grants import active, extension_origin
from access.grants.rules import check_can_end, check_can_try_now, check_can_write_off
from access.grants.trouble import Trouble, trouble
from access.models import AccessRequest, Grant, Operation, User
from access.policy import approvers, askers, decides_for, limits
from access.policy.decides_for import Reach
from access.requests import (
    approval_queue,
    break_glass_reviews,
    explain,
    lists,
    timeline,
    timeline_operations,
)
from access.requests.rules import check_can_remind, check_can_see_evidence, check_can_withdraw
from access.requests.steps import Step

SOON: Final = timedelta(seconds=10)
LAST_ROLE: Final = ("grant.last_role_lost", "grant.last_role_unknown", "grant.fallback_role_added")
MOVING: Final = (GrantState.GRANTING, GrantState.REVOKING)

# What `lists.visible_to` says, of one request.
_KNOWN: Final = f"""
{decides_for.WHOM}
SELECT r.id, r.ref FROM access_accessrequest r WHERE r.ref = %s AND (
    r.requester_id = %s
    OR EXISTS (SELECT 1 FROM access_decision d WHERE d.request_id = r.id AND d.by_id = %s)
    OR EXISTS (SELECT 1 FROM access_asked a JOIN whom ON whom.id = %s OR EXISTS (
            SELECT 1 FROM access_flow_stand_ins s JOIN access_group_members g ON g.group_id = s.group_id
            WHERE s.flow_id = r.flow_id AND g.user_id = %s
        ) WHERE a.request_id = r.id AND (
        a.person_id = whom.id
        OR EXISTS (SELECT 1 FROM access_group_members m WHERE m.group_id = a.group_id AND m.user_id = whom.id)
        OR (a.manager AND EXISTS (
            SELECT 1 FROM access_user u WHERE u.id = r.requester_id AND u.manager_id = whom.id
        ))
    ))
)
"""  # noqa: S608  nothing that anybody typed


@dataclass(frozen=True)
class Detail:
    row: approval_queue.Row
    together: Sequence[AccessRequest]  # what else was asked with the same form, as far as the reader may see it
    steps: Sequence[Step]
    trouble: Trouble | None
    is_overdue: bool
    remark: str  # what has to be known of what was done
    last_role: Sequence[Step]  # what must not be overlooked about the person's last role
    after: break_glass_reviews.Told | None  # the review of a break-glass
    reader: User
    is_theirs: bool  # the reader asked for it
    can_withdraw: bool
    can_end: bool
    can_try_now: bool
    can_remind: bool
    can_ask_again: bool
    can_extend: bool
    free_seconds: int  # by how much they can extend it without approval; 0: not at all
    can_write_off: bool
    can_see_evidence: bool
    looks_again_every: int | None  # seconds until it may have changed; None: it never will again

    @property
    def request(self) -> AccessRequest:
        return self.row.request

    @property
    def grant(self) -> Grant | None:
        return self.row.request.grant

    @property
    def moments(self) -> list[datetime | None]:
        """When something may come to tell, though nothing happens."""
        grant, request = self.grant, self.request
        opens = [at for stage in self.row.stages for at, _people in stage.opens]
        ends = [grant.due_at, grant.ends_at, grant.end_due_at] if grant else []
        return [request.due_at, *opens, *ends, self.trouble.next_try_at if self.trouble else None]

    @property
    def version(self) -> str:
        """Change whenever what the page tells changes."""
        grant = self.grant
        told = [
            self.row.status,
            self.row.why_not,
            len(self.steps),
            len(self.row.decisions),
            [lists.status_of(one) for one in self.together],
            self.looks_again_every,
            self.can_ask_again,
            self.is_overdue,
            self.remark,
            [(one.kind, one.note) for one in self.steps if one.kind == "operation"],
            grant and (grant.due_at, grant.ends_at, grant.attempts, grant.last_error),
            self.trouble and self.trouble.next_try_at,
            self.after and (self.after.status, self.after.why_not, self.after.able),
        ]
        return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def for_page(requests: QuerySet[AccessRequest]) -> QuerySet[AccessRequest]:
    """With what its page tells of it."""
    return requests.select_related("target__integration", "requester", "flow", "grant__target", "grant__activity")


def find(
    ref: str, *, reader: User, now: datetime, reach: Reach | None = None, facts: lists.Facts = for_page
) -> AccessRequest | None:  # fmt: skip
    """Find a request by its reference, with such `facts`, if this person may see it."""
    known = reach or (Reach(reader) if reader.reads_all else decides_for.of(reader, now=now))
    return next(iter(_found(known, ref.upper(), now, facts=facts)), None)


@prepared
def _found(reach: Reach, ref: str, now: datetime, *, facts: lists.Facts) -> QuerySet[AccessRequest]:
    return facts(lists.visible_to(reach.person, now=now, reach=reach).filter(ref=ref))


def known(ref: str, *, reader: User, now: datetime) -> AccessRequest | None:
    """Find the same as `find`, with nothing but its keys: one query, written out by hand as each decision asks it."""
    if reader.reads_all:
        return AccessRequest.objects.only("pk", "ref").filter(ref=ref.upper()).first()
    asked = [*decides_for.whom(reader, now=now), ref.upper(), *[reader.pk] * 4]
    return next(iter(AccessRequest.objects.raw(_KNOWN, asked)), None)


def detail(request: AccessRequest, *, reader: User, now: datetime, reach: Reach | None = None) -> Detail:
    """Tell everything of a request that this reader may see. What is known of their `reach` is not read again."""
    grant = request.grant
    done = timeline_operations.of(request)
    steps = timeline.steps(request, operations=done)
    approves = _approves(request, reader, reach, now=now)
    again = bool(askers.again(reader, [request]))
    end_it = grant is not None and allowed(check_can_end, grant, by=reader, approves=approves)
    try_it = grant is not None and allowed(check_can_try_now, grant, by=reader, approves=approves, now=now)
    return Detail(
        row=approval_queue.rows([request], reader=reader, now=now)[0],
        together=_together(request, reader, now=now),
        steps=steps,
        trouble=trouble(grant, now=now),
        is_overdue=grant is not None and grant.is_overdue(now - active.GRACE),
        remark=timeline_operations.remark(request, done),
        last_role=[one for one in steps if one.kind in LAST_ROLE],
        after=_after(request, reader=reader, now=now),
        reader=reader,
        is_theirs=reader.pk == request.requester_id,
        can_withdraw=allowed(check_can_withdraw, request, by=reader, now=now),
        can_end=end_it,
        can_try_now=try_it,
        can_remind=allowed(check_can_remind, request, by=reader, last=_reminded(steps), now=now),
        can_ask_again=again,
        can_extend=again and _can_extend(grant, reader),
        free_seconds=_free_seconds(grant, reader, now=now),
        can_write_off=grant is not None and allowed(check_can_write_off, grant, by=reader),
        can_see_evidence=allowed(check_can_see_evidence, request, by=reader, approves=approves),
        looks_again_every=_looks_again_every(request, done, now=now),
    )


def evidence(request: AccessRequest, *, reader: User, now: datetime) -> explain.Facts:
    """Put together what proves this request. Raises NotAllowed when this reader may not see it."""
    check_can_see_evidence(request, by=reader, approves=_approves(request, reader, None, now=now))
    return explain.evidence(request, now=now)


def _approves(request: AccessRequest, reader: User, reach: Reach | None, *, now: datetime) -> set[int]:
    """Of this request, or of all behind its grant, those that this person may approve; who sees all needs none."""
    if reader.reads_all:
        return set()
    if request.grant:
        return approvers.approves_of(reader, [request.grant], now=now, reach=reach)
    return approvers.approves(reader, [request], now=now, reach=reach)


def _after(request: AccessRequest, *, reader: User, now: datetime) -> break_glass_reviews.Told | None:
    review = break_glass_reviews.of_request(request)
    told = break_glass_reviews.rows([review] if review else [], reader=reader, now=now)
    return told[0] if told else None


def _together(request: AccessRequest, reader: User, *, now: datetime) -> list[AccessRequest]:
    if request.batch is None:
        return []
    others = lists.visible_to(reader, now=now).filter(batch=request.batch).exclude(pk=request.pk)
    return list(others.select_related("target", "flow", "grant").order_by("pk"))


def _reminded(steps: Sequence[Step]) -> datetime | None:
    return max((one.at for one in steps if one.kind == "request.reminded" and one.at), default=None)


def _can_extend(grant: Grant | None, reader: User) -> bool:
    return (
        grant is not None and grant.person_id == reader.pk and grant.state in (GrantState.GRANTING, GrantState.ACTIVE)
    )


def _free_seconds(grant: Grant | None, reader: User, *, now: datetime) -> int:
    if grant is None or grant.person_id != reader.pk:
        return 0
    behind, pairs = extension_origin.behind(grant), askers.offers(reader, [grant])
    return limits.free_seconds(grant, by=reader, behind=behind, open_to_them=pairs, now=now)


def _looks_again_every(request: AccessRequest, done: Sequence[Operation], *, now: datetime) -> int | None:
    grant = request.grant
    if grant is None:
        return 5 if request.state == RequestState.PENDING else None
    if grant.state == GrantState.ENDED:
        return 10 if timeline_operations.running(request, done) else None
    is_near = grant.due_at is not None and grant.due_at <= now + SOON
    return 1 if grant.state in MOVING or is_near else 5
