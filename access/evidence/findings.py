"""The memory of what was found: opened when it is first seen, closed when it no longer is."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from access.audit import log
from access.evidence.compare import Drift
from access.models import DirectoryRole, Finding, Integration, Target

Kind = Finding.Kind
BATCH: Final = 500


@transaction.atomic
def keep(integration: Integration, drifts: Sequence[Drift], *, now: datetime) -> list[Finding]:
    """Open what is new, close what is no longer so, and say both in the log. Returns what was opened.

    Who was in a role before the portal first looked at it is counted in the log, not named one by one.
    """
    # Two looks at once would step on each other's rows.
    Integration.objects.select_for_update(no_key=True).get(pk=integration.pk)
    known = dict(Finding.objects.filter(integration=integration, closed_at=None).values_list("key", "pk"))
    seen = {one.key: one for one in drifts}
    opened = [_row(integration, one, now=now) for key, one in seen.items() if key not in known]
    Finding.objects.bulk_create(opened, batch_size=BATCH)
    # Most are there still, thousands maybe, and only their keys are read.
    gone = [pk for key, pk in known.items() if key not in seen]
    _close(list(Finding.objects.select_related("target").in_bulk(gone).values()), now=now)
    _say_opened(opened, now=now)
    _schedule(integration, now=now)
    _looked(integration, now=now)
    return opened


def facts(finding: Finding) -> dict[str, str]:
    """What the log tells of one."""
    told = {
        "kind": finding.kind, "account_id": finding.account_id, "email": finding.email,
        "person": finding.person.email if finding.person else "", "finding": str(finding.pk),
        "review": finding.take_out_review, "path": "access_review" if finding.take_out_review else "",
    }  # fmt: skip
    return {name: value for name, value in told.items() if value}


def subject(finding: Finding) -> str:
    if finding.target:
        return f"target:{finding.target.name}"
    return f"integration:{finding.integration.name}"


def _row(integration: Integration, drift: Drift, *, now: datetime) -> Finding:
    return Finding(
        integration=integration, kind=drift.kind, key=drift.key, target=drift.target, person=drift.person,
        grant=drift.grant, account_id=drift.account_id, email=drift.email, first_seen_at=now,
        membership_id=drift.membership.id if drift.membership else "",
    )  # fmt: skip


def _close(findings: Sequence[Finding], *, now: datetime) -> None:
    integration = findings[0].integration if findings else None
    seen_at = integration.reconciled_at if integration else None
    for one in findings:
        last = max(seen_at or one.first_seen_at, one.first_seen_at)
        Finding.objects.filter(pk=one.pk, closed_at=None).update(closed_at=now, last_seen_at=last, take_out_at=None)
    _say("finding.closed", findings, now=now)


def _say_opened(findings: Sequence[Finding], *, now: datetime) -> None:
    _say("finding.opened", [one for one in findings if one.kind != Kind.STANDING], now=now)
    counted = Counter(subject(one) for one in findings if one.kind == Kind.STANDING)
    _append("finding.standing", [(name, {"count": count}) for name, count in sorted(counted.items())], now=now)


def _say(type_: str, findings: Sequence[Finding], *, now: datetime) -> None:
    _append(type_, [(subject(one), facts(one)) for one in findings], now=now)


def _schedule(integration: Integration, *, now: datetime) -> None:
    """Let what nobody approved be taken out after the grace time, where the target says so, and announce it first."""
    outside = Finding.objects.filter(integration=integration, closed_at=None, accepted_at=None, kind=Kind.OUTSIDE)
    new = outside.filter(target__outsiders=Target.Outsiders.TAKE_OUT, take_out_at=None, last_error="")
    told = []
    for one in new.select_related("target", "person", "integration").order_by("pk"):
        grace = one.target.outsiders_grace if one.target else 0
        one.take_out_at = now + timedelta(seconds=grace)
        told.append((subject(one), {**facts(one), "take_out_at": one.take_out_at.isoformat()}))
        one.save(update_fields=["take_out_at"])
    _append("finding.take_out", told, now=now)


def _append(type_: str, told: Sequence[tuple[str, Mapping[str, Any]]], *, now: datetime) -> None:
    if told:
        log.append_each(type_, actor=log.SYSTEM, now=now, facts=told)


def _looked(integration: Integration, *, now: datetime) -> None:
    there = DirectoryRole.objects.filter(integration=integration, gone_at=None).values("external_id")
    Target.objects.filter(integration=integration, members_seen_at=None, role_id__in=there).update(members_seen_at=now)
    Integration.objects.filter(pk=integration.pk).update(reconciled_at=now)
