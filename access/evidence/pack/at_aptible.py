"""The parts of a pack that tell what happened at Aptible: whose account, each call and its answer, what was done, and
what was found."""

from collections.abc import Iterator
from typing import Any, Final

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access.core import operation_words
from access.core.csv_cells import iso
from access.evidence.meaning import meaning
from access.evidence.pack import parts
from access.models import AccessRequest, DirectoryPerson, Finding, Grant, GrantActivity, Operation

Facts = dict[str, Any]
_LISTED: Final = ("listed_at", "memberships_before", "memberships_after", "standing")


def account(request: AccessRequest, _known: Facts) -> Facts | None:
    """Which account got it. Who that is, is what the last sync read of Aptible."""
    if request.target is None:
        return None
    integration = request.target.integration
    id_ = request.grant.account_id if request.grant else request.account_id
    known = DirectoryPerson.objects.filter(integration=integration, external_id=id_).values("email", "name").first()
    return {"organization": integration.external_id, "account_id": id_, **(known or {})}


def calls(request: AccessRequest, known: Facts) -> list[Facts]:
    """Each call that changed something or whose list was believed, and what failed, in the order of their answers."""
    told = sorted(_calls(request.grant), key=lambda one: one["answered_at"]) if request.grant else []
    failed = [
        {
            "call": _("A call that did not work yet"),
            "answered_at": iso(one["at"]),
            "answer": one["data"].get("text", ""),
        }
        for one in known["events"]
        if one["type"] == "grant.trouble"
    ]
    return sorted([*told, *failed], key=lambda one: str(one["answered_at"]))


def _calls(grant: Grant) -> Iterator[Facts]:
    role = {"role_id": grant.role_id, "account_id": grant.account_id}
    start, end = grant.start_evidence or {}, grant.end_evidence or {}
    if grant.accepted_at:
        answer = {"begun_at": iso(grant.asked_at), "answered_at": iso(grant.accepted_at), "answer": _("accepted")}
        yield {"call": _("Add the account to the role"), **role, **answer}
    if grant.removed_at:
        answer = {"answered_at": iso(grant.removed_at), "answer": _("accepted")}
        yield {
            "call": _("Remove the memberships"), "memberships": end.get("memberships_before", []), **role, **answer
        }  # fmt: skip
    for seen, at, what in (
        (start, grant.confirmed_at, _("List the members of the role, after the start")),
        (end, grant.ended_at, _("List the members of the role, after the end")),
    ):
        if seen and at:
            listed = {name: seen[name] for name in _LISTED if name in seen}
            yield {"call": what, **role, "answered_at": iso(at), **listed}


def activity(request: AccessRequest, _known: Facts) -> Facts | None:
    """What was done with it. Of a grant that was not read to its end it is not said that nothing was."""
    found = GrantActivity.objects.filter(grant=request.grant_id).first() if request.grant_id else None
    if found is None:
        return None
    done = Operation.objects.filter(grant=request.grant_id).order_by("at", "pk")
    return {
        "complete": found.is_complete,
        "other_role_opened_the_same": found.other_role,
        "operations": [_operation(one) for one in done],
    }


def _operation(one: Operation) -> Facts:
    told = {
        "at": one.at, "text": operation_words.sentence(one.type, kind=one.resource_kind, name=one.resource),
        "type": one.type, "status": one.status, "environment": one.environment, "id": one.external_id,
        "command": one.command, "outlived_at": one.outlived_at, "cancel_asked_at": one.cancel_asked_at,
        "over_at": one.over_at,
    }  # fmt: skip
    return {name: value for name, value in told.items() if value}


def findings(request: AccessRequest, _known: Facts) -> list[Facts]:
    """What was found about this access, or about the same account in the same role."""
    about = Q(grant=request.grant_id) if request.grant_id else Q(pk=None)
    id_ = request.grant.account_id if request.grant else request.account_id
    if request.target_id and id_:
        about |= Q(target=request.target_id, account_id=id_)
    found = Finding.objects.filter(about).select_related("integration", "target", "person", "grant").order_by("pk")
    return [
        {
            "kind": one.kind, "text": meaning(one), "first_seen_at": one.first_seen_at,
            "no_longer_so_since": one.closed_at, "taken_out_at": one.taken_out_at,
        }
        for one in found
    ]  # fmt: skip


_PARTS: Final = (
    ("account", gettext_lazy("Which account got it"), account, "CC6.1", "164.312(a)(2)(i), 164.312(d)", "01.b"),
    ("calls", gettext_lazy("Each call at Aptible, and what it answered"), calls, "CC6.1, CC6.3",
     "164.312(a)(1), 164.312(b)", "01.b, 01.e"),
    ("activity", gettext_lazy("What was done with it, as Aptible tells it"), activity, "CC7.2",
     "164.308(a)(1)(ii)(D), 164.312(b)", "09.aa"),
    ("findings", gettext_lazy("What was found about it"), findings, "CC6.2, CC7.2",
     "164.308(a)(3)(ii)(A), 164.308(a)(4)(ii)(C)", "01.e, 09.aa"),
)  # fmt: skip
for _facts in _PARTS:
    parts.add(parts.Part(*_facts))
