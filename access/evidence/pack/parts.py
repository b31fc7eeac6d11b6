"""What a pack tells of each request, part by part. Whoever knows more of a request adds a part.

A part says which controls it supports: that is our reading, and no opinion of an auditor.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from access.models import AccessRequest, Notification
from access.policy import policy, words
from access.requests import explain

Facts = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """`of` gives what is known of one request: plain data that is the same whenever it is asked for."""

    name: str
    title: str | Promise
    of: Callable[[AccessRequest, Facts], Any]
    soc2: str
    hipaa: str
    hitrust: str


_parts: list[Part] = []


def add(part: Part) -> None:
    """Add a part to every pack. Its name is its key in the JSON of a request. The same name replaces it."""
    _parts[:] = [one for one in _parts if one.name != part.name] + [part]


def every() -> tuple[Part, ...]:
    """In the order in which they are told; all events are the last."""
    return tuple(sorted(_parts, key=lambda one: one.name == "events"))


def _asked(_request: AccessRequest, known: Facts) -> Facts:
    return {name: value for name, value in known["request"].items() if name not in {"policy", "due_at", "path_facts"}}


def _policy(request: AccessRequest, known: Facts) -> Facts:
    asked = request.asked.select_related("person", "group").order_by("pk")
    return {
        "in_words": words.sentence(policy.read(request.policy)),
        "policy": known["request"]["policy"],
        "path": request.path,
        "path_facts": request.path_facts,
        "asked": sorted({str(one.person or one.group or "manager") for one in asked}),
    }


def _access(_request: AccessRequest, known: Facts) -> Facts | None:
    grant = known["grant"]
    passing = {"overdue", "due_at", "attempts", "last_error", "unsure_until"}
    return {name: value for name, value in grant.items() if name not in passing} if grant else None


def _notices(request: AccessRequest, _known: Facts) -> list[Facts]:
    sent = Notification.objects.filter(request=request).select_related("recipient").order_by("pk")
    return [
        {"to": one.recipient.email, "by": one.channel, "kind": one.kind, "written": one.created_at, "sent": one.sent_at}
        for one in sent
    ]


def _events(_request: AccessRequest, known: Facts) -> list[Facts]:
    return list(known["events"])


def known(request: AccessRequest, **times: Any) -> Facts:
    return explain.evidence(request, **times)


def told(request: AccessRequest, **times: Any) -> Facts:
    """All parts of one request, by their names."""
    found = known(request, **times)
    return {part.name: part.of(request, found) for part in every()}


def _decisions(_request: AccessRequest, known: Facts) -> list[Facts]:
    return list(known["decisions"])


def _after_review(_request: AccessRequest, known: Facts) -> Any:
    return known["after_review"]


_BUILT_IN = (
    ("asked", _("What was asked, and why"), _asked, "CC6.1, CC6.2", "164.308(a)(4)(ii)(B)", "01.a, 01.b"),
    ("policy", _("The policy in force, and who could decide"), _policy, "CC6.1, CC6.3", "164.308(a)(3)(ii)(A)", "01.c"),
    ("decisions", _("Who decided"), _decisions, "CC6.2, CC6.3", "164.308(a)(4)(ii)(C)", "01.b, 01.c"),
    ("access", _("The access itself, with both read-backs"), _access, "CC6.1, CC6.3",
     "164.308(a)(3)(ii)(C), 164.312(a)(1), 164.312(d)", "01.b, 01.d, 01.e"),
    ("after_review", _("The review after break-glass"), _after_review, "CC6.3, CC7.2", "164.312(a)(2)(ii)", "01.e"),
    ("notices", _("Who was told"), _notices, "CC7.2", "164.308(a)(5)(ii)(C)", "09.aa"),
    ("events", _("The events of the log"), _events, "CC7.2", "164.312(b), 164.312(c)(1)", "09.aa"),
)  # fmt: skip
for _facts in _BUILT_IN:
    add(Part(*_facts))
