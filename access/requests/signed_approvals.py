"""Approvals and break-glass that a passkey signs: what is signed, as plain data and in words, and whether it fits.

Nobody can make one up without the device: neither who owns the server nor who owns the database.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from access.core import durations
from access.core.errors import NotAllowed
from access.models import AccessRequest, Challenge, User
from access.people import challenges
from access.people.challenges import Signed, Statement
from access.policy import policy
from access.policy import words as policy_words
from integrations.passkeys import Site

APPROVE: Final = Challenge.Purpose.APPROVE
BREAK_GLASS: Final = Challenge.Purpose.BREAK_GLASS
# What is added when it is asked for: where, when, and something that nobody could know before.
_ADDED: Final = frozenset({"site", "time", "nonce"})
# What of the evidence the log tells; the key and its attestation are in the event of the registration.
_TOLD: Final = ("statement", "passkey", "credential", "client_data", "authenticator_data", "signature")


class Unsigned(NotAllowed):
    """It has to be signed with a passkey, and is not."""


def approval(request: AccessRequest, *, by: User, seconds: int) -> Statement:
    """What an approver signs: this request for so long, by them."""
    return {"usher": "approval 1", "request": request.ref, **_about(request, seconds), "verdict": "approve", **_by(by)}


def break_glass(request: AccessRequest, in_force: policy.Policy) -> Statement:
    """What is signed by whoever uses break-glass. The request has no reference yet: it comes of this."""
    about = {**_about(request, request.seconds), "policy": in_force.copied()}
    return {"usher": "break-glass 1", **about, "verdict": "break_glass", **_by(request.requester)}


def ask(by: User, purpose: Challenge.Purpose, said: Statement, *, site: Site, now: datetime) -> Challenge:
    """Keep what is to be signed. Raises NotAllowed for somebody without a passkey that counts."""
    mine = list(by.passkeys.order_by("registered_at"))
    if not mine:
        text = _("You have no passkey yet. Register one in your account; it counts after a while.")
        raise NotAllowed(text)
    if not any(one.counts(now) for one in mine):
        challenges.check_counts(mine[0], now=now)
    return challenges.ask(by, purpose, said, site=site, now=now)


def check(
    by: User, purpose: Challenge.Purpose, said: Statement, signed: Signed | None, *, otherwise: str, now: datetime
) -> dict[str, Any]:
    """Check that it is signed, and return all that it takes to check it again. Raises NotAllowed.

    `otherwise` is what is said when nothing is signed.
    """
    if signed is None:
        raise Unsigned(otherwise)
    found = challenges.answer(by, purpose, signed, now=now)
    challenges.check_counts(found.passkey, now=now)
    if {name: value for name, value in found.statement.items() if name not in _ADDED} != said:
        raise NotAllowed(_("What you signed is not what this is by now. Look at it again, and sign it again."))
    return found.evidence


def for_log(evidence: Mapping[str, Any]) -> dict[str, Any]:
    return {name: evidence[name] for name in _TOLD}


def where(request: AccessRequest) -> str:
    """Say where such a request is approved, with its address."""
    address = render_to_string("notify/request_address.txt", {"base_url": settings.BASE_URL, "ref": request.ref})
    text = _("Open %(address)s to approve it: approvals of %(flow)s are signed with a passkey, one by one.")
    return text % {"flow": request.flow, "address": address.strip()}


def words(said: Statement) -> list[tuple[str, str]]:
    """What is signed, in words."""
    starts_at, at = said["starts_at"], said.get("time")
    approves = _("The approval of %(ref)s") % {"ref": said.get("request")}
    told = [
        (_("You sign"), approves if said["verdict"] == "approve" else _("Break-glass, without an approval")),
        (_("Whose"), said["requester"]),
        (_("What"), f"{said['target']} ({said['role']})" if said["target"] else said["flow"]),
        (_("Account"), said["account"]),
        (_("How long"), durations.shown(said["seconds"]) if said["seconds"] else ""),
        (_("Start"), _moment(starts_at) if starts_at else _("at once")),
        (_("Why"), said["reason"]),
        (_("Ticket"), said["ticket"]),
        (_("Policy"), policy_words.sentence(policy.read(said["policy"]))),
        (_("Time"), _moment(at) if at else ""),
    ]  # fmt: skip
    return [(label, value) for label, value in told if value]


def _about(request: AccessRequest, seconds: int) -> Statement:
    target = request.target
    return {
        "flow": request.flow.name,
        "target": target.name if target else "",
        "role": target.role_id if target else "",
        "account": request.account_id,
        "requester": request.requester.email,
        "seconds": seconds,
        "starts_at": request.starts_at.astimezone(UTC).isoformat() if request.starts_at else "",
        "reason": request.reason,
        "ticket": request.ticket,
        "policy": request.policy,
    }


def _by(person: User) -> Statement:
    return {"by": person.email, "by_id": person.pk}


def _moment(text: str) -> str:
    return f"{datetime.fromisoformat(text).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
