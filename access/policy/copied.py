"""The policy that was copied onto a request, as its row has it."""

from typing import Any

from access.models import AccessRequest
from access.policy.policy import Policy, read


def of(request: AccessRequest) -> Policy:
    """Read it, once as long as the row has the same: whoever judges a request asks for it several times."""
    known: tuple[Any, Policy] | None = getattr(request, "_policy_as_read", None)
    if known is None or known[0] is not request.policy:
        known = request.policy, read(request.policy)
        request._policy_as_read = known  # type: ignore[attr-defined]
    return known[1]
