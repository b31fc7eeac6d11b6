"""What stands behind an extension without approval: whose flow allows it, and who hears of it."""

from django.db.models import QuerySet

from access.core.prepared import prepared
from access.models import AccessRequest, Decision, Grant
from access.policy import approvers, asked_by_name, policy


def behind(grant: Grant) -> AccessRequest | None:
    """Find the latest request that gave or extended this grant, with its flow."""
    return next(iter(_latest(grant.pk)), None)


@prepared
def _latest(grant: int) -> QuerySet[AccessRequest]:
    latest = AccessRequest.objects.filter(grant=grant).order_by("-created_at", "-pk")[:1]
    return latest.select_related("flow", "requester", "target")


def hearers(request: AccessRequest) -> set[int]:
    """Who approved what was extended; where nobody did, all whom its policy could have asked. Primary keys."""
    approvals = Decision.objects.filter(request__grant=request.grant_id, verdict=Decision.Verdict.APPROVE)
    approved = set(approvals.values_list("by", flat=True)) if request.grant_id else set()
    in_force = policy.read(request.policy)
    circle = approvers.circles([in_force], [request.requester]).around(request.requester)
    return approved or {one.id for one in asked_by_name.reviewers(in_force, circle)}
