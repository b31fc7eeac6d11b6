"""What is in an access review, and what came of each row: read from what is found and granted, under its lock."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db.models import Q
from django.utils.translation import gettext as _

from access.audit import log
from access.core.states import EndReason, GrantState, RowState
from access.evidence.access_reviews import told
from access.grants import lifecycle
from access.models import AccessReview, AccessReviewRow, Finding, Grant, User

BATCH: Final = 500
MEMBERS: Final = (Finding.Kind.STANDING, Finding.Kind.OUTSIDE)
HELD: Final = (GrantState.GRANTING, GrantState.ACTIVE)


def new(review: AccessReview, *, now: datetime) -> list[AccessReviewRow]:
    """Take in whoever is in a role by now and is not in the review. Four queries at any number, and the inserts."""
    known = review.rows.values("finding"), review.rows.values("grant")
    of_review = Q() if review.every_target else Q(target__in=review.targets.values("pk"))
    found = Finding.objects.filter(of_review, kind__in=MEMBERS, closed_at=None, target__isnull=False)
    found = found.exclude(pk__in=known[0].filter(finding__isnull=False)).select_related("target", "person")
    held = Grant.objects.filter(of_review, state__in=HELD).select_related("target", "person")
    held = held.exclude(pk__in=known[1].filter(grant__isnull=False))
    members = list(found.order_by("pk"))
    people = _by_email(members)
    made = [
        AccessReviewRow(review=review, target=one.target, finding=one, joined_at=now,
                        person=one.person or people.get(one.email.lower()))
        for one in members if one.target
    ]  # fmt: skip
    made += [
        AccessReviewRow(review=review, target=one.target, grant=one, joined_at=now, person=one.person)
        for one in held.order_by("pk")
    ]
    return AccessReviewRow.objects.bulk_create(made, batch_size=BATCH)


def say_joined(review: AccessReview, rows: Sequence[AccessReviewRow], *, now: datetime) -> None:
    for row in rows:
        log.append(
            "access_review.joined", actor=log.SYSTEM, now=now, grant=row.grant, concerns=row.person_id,
            subject=told.subject(review), data=told.of_row(row),
        )  # fmt: skip


def settle(review: AccessReview, *, now: datetime) -> None:
    """Write down what came of what was decided, and what is gone although nobody decided it."""
    rows = review.rows.select_related("finding", "grant", "person", "target").filter(
        Q(state__in=(RowState.REMOVING, RowState.LEFT_IN))
        | Q(state=RowState.WAITING) & (Q(finding__closed_at__isnull=False) | Q(grant__state=GrantState.ENDED))
    )
    with log.together():
        for row in rows.order_by("pk"):
            row.review = review
            _settle(row, now=now)


def _settle(row: AccessReviewRow, *, now: datetime) -> None:
    to, result, at = _of_finding(row.finding) if row.finding else _of_grant(row.grant)
    if to is None or (to == row.state):
        return
    if row.state == RowState.WAITING:
        to = RowState.DROPPED  # not by this review
    data = {**told.of_row(row), **({"text": result} if result else {})}
    lifecycle.move_row(row, to, actor=log.SYSTEM, now=now, data=data, result=result, settled_at=at or now)


Came = tuple[RowState | None, str, datetime | None]


def _of_finding(finding: Finding) -> Came:
    """What became of a membership that was found; None while nothing has."""
    if finding.taken_out_at:
        return RowState.REMOVED, "", finding.taken_out_at
    if finding.closed_at:
        return RowState.DROPPED, _("Aptible no longer listed it, and Usher did not take it out."), finding.closed_at
    if finding.take_out_at:
        return None, "", None
    if finding.accepted_at:
        words = {"by": finding.accepted_by, "why": finding.accepted_why}
        return RowState.LEFT_IN, _("%(by)s accepted it as a finding: %(why)s") % words, finding.accepted_at
    if finding.last_error:
        return RowState.LEFT_IN, finding.last_error, None
    return None, "", None


def _of_grant(grant: Grant | None) -> Came:
    if grant is None or grant.state != GrantState.ENDED:
        return None, "", None
    if grant.not_verified:
        return RowState.LEFT_IN, _("The grant was written off: nobody verified that it is gone."), grant.ended_at
    if grant.standing:
        text = _("The grant has ended. They held the role before it, so that membership was left as found.")
        return RowState.LEFT_IN, text, grant.ended_at
    if grant.end_reason == EndReason.MERGED:
        return RowState.DROPPED, _("It goes on in another grant."), grant.ended_at
    return RowState.REMOVED, "", grant.ended_at


def _by_email(findings: Sequence[Finding]) -> dict[str, User]:
    """Who has the address of an account, where no user mapping says whose it is."""
    emails = {one.email.lower() for one in findings if one.person is None} - {""}
    return {one.email.lower(): one for one in User.objects.filter(email__in=emails)}
