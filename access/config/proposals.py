"""`SETUP_SECOND_ADMIN`: a change of what decides who gets in is tried, taken back, and kept as a proposal.

What was sent is kept sealed, with the events that it wrote. Confirming does it again, as the admin who confirms, and
keeps it only if it writes the very same events: then what it was based on is still so.
"""

import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Generic, TypeVar
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from access.audit import log, sentences
from access.config.declared import effect_words, effects
from access.core import refs
from access.core.errors import Conflict, Invalid, NotAllowed
from access.directory import secrets
from access.models import AuditEvent, Proposal, User
from integrations import secrets as sealing

T = TypeVar("T")
LASTS: Final = timedelta(days=7)
REASON_MAX: Final = 500
# What was typed into these fields is never kept once a proposal is settled.
SECRET_FIELDS: Final = frozenset({"value", "password", "password1", "password2", "csrfmiddlewaretoken"})
# Facts that are others each time the same is done.
_EACH_TIME: Final = frozenset({"through", "delegation", "starts_at", "at"})
# What only follows from a change, such as that access ends: others' acts may add to it until it is confirmed.
_FOLLOWS: Final = frozenset({"grant", "request", "review"})
_again: Final[ContextVar[bool]] = ContextVar("again", default=False)


@dataclass(frozen=True)
class Tried(Generic[T]):
    """What came of a change that was taken back."""

    outcome: T
    events: Sequence[AuditEvent]
    effects: Sequence[str]
    after_event: int

    @property
    def changes(self) -> bool:
        """Whether anything would change, whatever it is: what was taken back must not look as if it were done."""
        return bool(self.events)


def are_needed() -> bool:
    """Whether a change by hand or through the API has to be proposed; not while one is just being confirmed."""
    return settings.SETUP_SECOND_ADMIN and not settings.SETUP and not _again.get()


def attempt(do: Callable[[], T]) -> Tried[T]:
    """Do it, see what it writes and what it means for people, and take everything back. Raises what it raises."""
    with transaction.atomic():
        last = AuditEvent.objects.order_by("-id").values_list("id", flat=True).first() or 0
        with log.recorded() as events:
            outcome, meant = _with_effects(do)
        transaction.set_rollback(True)
    return Tried(outcome, events, meant, last)


@transaction.atomic
def propose(
    tried: Tried[Any], *, way: str, sent: Mapping[str, Any], by: User, behind: int | None, now: datetime
) -> Proposal:
    """Keep a change that was tried, for another admin to confirm; the same one again is the proposal that waits.

    Raises Invalid without a key to seal it by.
    """
    plain = json.dumps(sent, sort_keys=True)
    # Keyed: who reads the database could otherwise try what a short secret is.
    digest = hmac.digest(settings.SECRET_KEY.encode(), f"{by.pk} {way} {plain}".encode(), "sha256").hex()
    known = waiting(now=now).filter(digest=digest).first()
    if known is not None:
        return known
    ends = now + LASTS
    made = Proposal.objects.create(
        ref=refs.fresh(Proposal, "P"), by=by, behind_id=behind, created_at=now, lapses_at=ends, due_at=ends, way=way,
        sealed=secrets.seal(plain), digest=digest, events=_told(tried.events), effects=list(tried.effects),
        after_event=tried.after_event,
    )  # fmt: skip
    _log("made", made, actor=by, now=now)
    return made


def waiting(*, now: datetime) -> QuerySet[Proposal]:
    return Proposal.objects.filter(state=Proposal.State.OPEN, lapses_at__gt=now)


def check_can_confirm(proposal: Proposal, *, by: User, now: datetime) -> None:
    """Raise NotAllowed for whoever proposed it and for others than admins, Conflict when it is settled or lapsed."""
    if not by.is_admin or by.is_bot:
        raise NotAllowed(_("Only an admin can confirm a proposal."))
    if not by.sets_up:
        raise NotAllowed(_("The set-up changes by files alone here, so no proposal is confirmed any more."))
    if by.pk in (proposal.by_id, proposal.behind_id):
        raise NotAllowed(
            _("You proposed this, or the bot that did has its token of you: another admin has to confirm it.")
        )
    _check_open(proposal, now=now)
    if not proposal.by.is_admin:
        raise Conflict(_("%(person)s is no admin any more, so this can't be confirmed.") % {"person": proposal.by})


@transaction.atomic
def confirm(
    proposal: Proposal, *, by: User, now: datetime, replay: Callable[[Proposal, Mapping[str, Any]], T]
) -> T:  # fmt: skip
    """Do it again as `by`, and keep it if it is still the same change. Raises Conflict when it is not."""
    row = Proposal.objects.select_for_update(of=("self",)).select_related("by").get(pk=proposal.pk)
    check_can_confirm(row, by=by, now=now)
    events = row.events
    if _has_changed_since(row):
        raise Conflict(_outdated())
    sent = json.loads(sealing.unseal(row.sealed, keys=settings.ENCRYPTION_KEYS))
    _settle(row, Proposal.State.CONFIRMED, by=by, now=now)
    with log.through(row.ref), log.recorded() as written, _done_again():
        outcome, meant = _with_effects(lambda: replay(row, sent))
    if _essence(_told(written)) != _essence(events) or meant != row.effects:
        raise Conflict(_outdated())
    return outcome


@transaction.atomic
def decline(proposal: Proposal, *, by: User, reason: str, now: datetime) -> None:
    """Put it away, whoever proposed it. Raises NotAllowed, Conflict when it is settled, Invalid without a reason."""
    row = Proposal.objects.select_for_update(of=("self",)).get(pk=proposal.pk)
    if not by.is_admin:
        raise NotAllowed(_("Only an admin can decline a proposal."))
    _check_open(row, now=now)
    if not reason.strip() or len(reason.strip()) > REASON_MAX:
        raise Invalid({"reason": _("Say why, in at most %(count)d characters.") % {"count": REASON_MAX}})
    _settle(row, Proposal.State.DECLINED, by=by, now=now, reason=reason.strip())


@transaction.atomic
def lapse(proposal: Proposal, *, now: datetime) -> None:
    """End one whose week is over and nobody confirmed."""
    row = Proposal.objects.select_for_update(of=("self",)).filter(pk=proposal.pk, due_at__lte=now).first()
    if row is not None:
        _settle(row, Proposal.State.LAPSED, by=None, now=now)


def _with_effects(do: Callable[[], T]) -> tuple[T, list[str]]:
    before = effects.state()
    outcome = do()
    return outcome, list(effect_words.sentences(effects.between(before, effects.state(), ())))


def due(now: datetime) -> QuerySet[Any, int]:
    return Proposal.objects.filter(due_at__lte=now).order_by("due_at").values_list("pk", flat=True)


def _check_open(proposal: Proposal, *, now: datetime) -> None:
    if proposal.state != Proposal.State.OPEN or proposal.lapses_at <= now:
        raise Conflict(_("This proposal is settled already, or has lapsed."))


def form_of(proposal: Proposal, *, by: User) -> dict[str, Any]:
    """What was sent by a form and came to nothing, without its secrets. Raises NotAllowed, and Conflict for others."""
    if not by.is_admin or by.is_bot:
        raise NotAllowed(_("Only an admin can propose it again."))
    if proposal.state not in (Proposal.State.DECLINED, Proposal.State.LAPSED) or not proposal.sealed:
        raise Conflict(_("Only what was declined or has lapsed can be proposed again, from the form that it came by."))
    found: dict[str, Any] = json.loads(sealing.unseal(proposal.sealed, keys=settings.ENCRYPTION_KEYS))
    return found


def _kept(row: Proposal, state: Proposal.State) -> str:
    """The form of what came to nothing, sealed again without its secrets; nothing of what is in force, or of a call."""
    if state == Proposal.State.CONFIRMED or not row.sealed:
        return ""
    try:
        sent = json.loads(sealing.unseal(row.sealed, keys=settings.ENCRYPTION_KEYS))
    except LookupError:  # sealed with a key that is gone
        return ""
    if not isinstance(sent, dict) or "post" not in sent:
        return ""
    typed = [(name, one) for name, one in parse_qsl(sent["post"], keep_blank_values=True) if name not in SECRET_FIELDS]
    return secrets.seal(json.dumps({"path": sent["path"], "post": urlencode(typed), "session": {}}))


def _settle(row: Proposal, state: Proposal.State, *, by: User | None, now: datetime, reason: str = "") -> None:
    row.state, row.settled_by, row.settled_at, row.due_at, row.reason = state, by, now, None, reason
    row.sealed = _kept(row, state)
    row.save(update_fields=["state", "settled_by", "settled_at", "due_at", "sealed", "reason"])
    _log(str(state), row, actor=by or log.SYSTEM, now=now)


def _has_changed_since(row: Proposal) -> bool:
    """Whether the log tells another change of the same rows: of a hidden value the events alone would not say."""
    subjects = {one["subject"] for one in _essence(row.events)}
    since = AuditEvent.objects.filter(id__gt=row.after_event, subject__in=subjects)
    return any(_essence(_told(since)))


def _outdated() -> str:
    return _("What this was based on has changed since, so it can't be confirmed. Decline it, and propose it anew.")


def _essence(events: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What of these events is about what decides, without what is another each time."""
    return [
        {**one, "text": "", "data": {name: fact for name, fact in one["data"].items() if name not in _EACH_TIME}}
        for one in events
        if one["type"].partition(".")[0] not in _FOLLOWS and one["type"] not in NO_CHANGE
    ]


# They tell of the same rows, and of no change by hand.
NO_CHANGE: Final = frozenset({
    "person.signed_in", "integration.synced", "integration.needs_attention", "integration.works_again",
    "integration.canary_failed", "integration.canary_works", "integration.secrets_changed", "flow.dead_end",
    "flow.works_again", "schedule.read", "schedule.needs_attention", "webhook.disabled", "announcement.failed",
    "delegation.begun", "delegation.accepted", "delegation.ended", "proposal.made", "proposal.declined",
    "proposal.lapsed", "proposal.confirmed", "sign_in.failed", "token.issued", "token.revoked", "person.joined",
})  # fmt: skip


def _told(events: Any) -> list[dict[str, Any]]:
    return [
        {"type": one.type, "subject": one.subject, "data": one.data, "text": sentences.sentence(one)} for one in events
    ]


@contextmanager
def _done_again() -> Any:
    before = _again.set(True)
    try:
        yield
    finally:
        _again.reset(before)


def _log(verb: str, row: Proposal, *, actor: log.Actor, now: datetime) -> None:
    data = {
        "proposal": row.ref, "proposed_by": row.by.email, "proposed_by_id": row.by_id, "reason": row.reason,
        "changes_of": " ".join(one["text"] for one in row.events)[:1000], "id": row.pk,
    }  # fmt: skip
    log.append(f"proposal.{verb}", actor=actor, now=now, subject=f"proposal:{row.ref}", data=data)
