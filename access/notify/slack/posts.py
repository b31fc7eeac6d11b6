"""Bring one announcement to what its request's state says: claim it, speak to Slack with no transaction open, record.

A post that is there is changed, which may be done twice. One that is not is written; where an earlier try may have
succeeded, and nobody knows, it is looked for first.
"""

import hashlib
import json
import random
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import translation
from django.utils.translation import gettext as _

from access.audit import log
from access.core.job_clock import Elapsed
from access.core.states import RequestState
from access.directory import connect
from access.models import SlackPost
from access.notify.slack import announce, card, people, thread
from access.notify.slack.workspace import Workspace
from integrations.base import ChannelDown, NeedsAttention, ProviderError, ProviderUnavailable
from integrations.slack import cards, messages
from integrations.slack.errors import AccountUnknown, PostGone
from integrations.slack.messages import Place

LONGEST_PAUSE: Final = 300.0  # seconds
AFTER_REFUSAL: Final = 60.0  # what only an admin can put right is not asked for each second


def converge(post: SlackPost, *, workspace: Workspace, now: datetime) -> None:
    """Bring it up to date if it is due and nobody else is at it. Twice or late changes nothing more.

    Never raises a ProviderError: what went wrong is written on the row, with when it is tried next.
    """
    clock = Elapsed(now)
    claimed = _claim(post, now=now)
    if claimed is None:
        return
    _pass_on(claimed, now=now)
    try:
        with translation.override(settings.LANGUAGE_CODE):
            _bring(claimed, workspace, clock)
    except PostGone as error:
        _gone(claimed, workspace, error, at=clock.at())
    except ProviderUnavailable as error:
        _try_later(claimed, error, at=clock.at())
    except NeedsAttention as error:
        connect.note_attention(workspace.integration, error, now=clock.at())
        _try_later(claimed, error, at=clock.at())
    except ProviderError as error:
        _fail(claimed, error, at=clock.at())
    else:
        _done(claimed, workspace, at=clock.at())


@transaction.atomic(durable=True)
def _claim(post: SlackPost, *, now: datetime) -> SlackPost | None:
    """Take it for a while, so that a worker that dies now delays it and never loses it. None: it is not due."""
    about = ("flow", "requester", "target", "grant")
    rows = SlackPost.objects.select_related("person", *(f"request__{one}" for one in about))
    claimed = rows.filter(_is_free(now), pk=post.pk, due_at__lte=now).first()
    if claimed is None:
        return None
    until = now + settings.LEASE
    same = SlackPost.objects.filter(_is_free(now), pk=claimed.pk, due_at=claimed.due_at)
    tried_at = claimed.tried_at or now
    if not same.update(leased_until=until, tried_at=tried_at, attempts=F("attempts") + 1):
        return None
    claimed.leased_until, claimed.attempts = until, claimed.attempts + 1
    return claimed


def _is_free(now: datetime) -> Q:
    return Q(leased_until=None) | Q(leased_until__lte=now)


@transaction.atomic(durable=True)
def _pass_on(claimed: SlackPost, *, now: datetime) -> None:
    """Tell the next place, too, once this one had its time."""
    if claimed.pass_on_at is None or claimed.pass_on_at > now:
        return
    if SlackPost.objects.filter(pk=claimed.pk, pass_on_at=claimed.pass_on_at).update(pass_on_at=None):
        claimed.pass_on_at = None
        if claimed.request.state == RequestState.PENDING:
            announce.tell(claimed.request, position=claimed.position + 1, now=now)


def _bring(claimed: SlackPost, workspace: Workspace, clock: Elapsed) -> None:
    said = card.card(claimed.request, for_all=claimed.person_id is None)
    blocks, text = cards.blocks(said), cards.fallback(said)
    shown = hashlib.sha256(json.dumps([text, blocks], sort_keys=True).encode()).hexdigest()
    is_settled = claimed.request.state != RequestState.PENDING
    if not claimed.ts:
        place = _find(claimed, workspace, now=clock.at())
        was_there = bool(place.ts)
        if was_there:
            # It may show what was true at the earlier try.
            messages.change(workspace.client, place, text=text, blocks=blocks)
        else:
            place = messages.write(workspace.client, place.channel, id=thread.id_of(claimed), text=text, blocks=blocks)
        # Where nobody was asked to decide, nobody needs to hear that there is nothing left to decide.
        noted = is_settled and not was_there
        _record(claimed, channel=place.channel, ts=place.ts, shown=shown, noted=noted)
    elif claimed.shown != shown:
        messages.change(workspace.client, thread.place_of(claimed), text=text, blocks=blocks)
        _record(claimed, shown=shown)
    for event in thread.events(claimed)[: thread.MOST]:
        thread.tell(claimed, event, workspace=workspace, now=clock.at())
        _record(claimed, told_to=event.number)
    if is_settled and not claimed.noted:
        thread.settled(claimed, workspace=workspace)
        _record(claimed, noted=True)
    if claimed.remind_at and claimed.remind_at <= clock.at():
        following = None if is_settled else thread.remind(claimed, workspace=workspace, now=clock.at())
        _record(claimed, remind_at=following)


def _find(claimed: SlackPost, workspace: Workspace, *, now: datetime) -> Place:
    """Where it is to be written, and the message that is there already after a try whose answer was lost."""
    channel = claimed.channel
    if claimed.person:
        account = people.account_of(claimed.person, workspace=workspace, now=now)
        if not account:
            raise AccountUnknown(_("%(person)s has no Slack account.") % {"person": claimed.person})
        channel = messages.conversation(workspace.client, account)
    found = None
    if claimed.tried_at:
        found = messages.find(workspace.client, channel, id=thread.id_of(claimed), since=thread.since(claimed))
    return found or Place(channel, "")


@transaction.atomic(durable=True)
def _record(claimed: SlackPost, **facts: object) -> None:
    """Write down what Slack has taken, whoever has the lease by now: it is true."""
    for name, value in facts.items():
        setattr(claimed, name, value)
    SlackPost.objects.filter(pk=claimed.pk).update(**facts)


def _let_go(claimed: SlackPost, **facts: object) -> bool:
    """Give the lease back, unless it ran out and somebody else has it now."""
    held = SlackPost.objects.filter(pk=claimed.pk, leased_until=claimed.leased_until)
    return bool(held.update(leased_until=None, **facts))


@transaction.atomic(durable=True)
def _done(claimed: SlackPost, workspace: Workspace, *, at: datetime) -> None:
    if workspace.integration.attention:
        connect.note_working(workspace.integration, now=at)
    _let_go(claimed, tried_at=None, attempts=0, last_error="")
    # What happened meanwhile has made it due again.
    unchanged = SlackPost.objects.filter(pk=claimed.pk, due_at=claimed.due_at)
    unchanged.update(due_at=_next(claimed, at=at))


def _next(claimed: SlackPost, *, at: datetime) -> datetime | None:
    """When somebody must look again, though nothing happens until then."""
    if thread.unheard(claimed):
        return at
    moments = (claimed.pass_on_at, claimed.remind_at) if claimed.request.state == RequestState.PENDING else ()
    return min(filter(None, moments), default=None)


def _gone(claimed: SlackPost, workspace: Workspace, error: ProviderError, *, at: datetime) -> None:
    """Somebody took it away on purpose; where nobody else was told, that must not keep them from deciding."""
    alone = claimed.person_id is None and claimed.request.flow.announce_only
    if alone and claimed.request.state == RequestState.PENDING:
        _fail(claimed, error, at=at)
        return
    # There is no thread any more in which anybody could be told.
    heard = thread.events(claimed).last()
    _record(claimed, remind_at=None, told_to=heard.number if heard else claimed.told_to)
    _done(claimed, workspace, at=at)


def forget(post: SlackPost) -> None:
    """Leave it as it is, because there is no workspace any more."""
    SlackPost.objects.filter(pk=post.pk).update(due_at=None, pass_on_at=None)


def put_off(post: SlackPost, error: ProviderError, *, now: datetime) -> None:
    """Try it later, because there is no workspace to speak to."""
    claimed = _claim(post, now=now)
    if claimed is not None:
        _try_later(claimed, error, at=now)


@transaction.atomic(durable=True)
def _try_later(claimed: SlackPost, error: ProviderError, *, at: datetime) -> None:
    """Try again after a pause. While Slack is away, everything else that is due waits along: one of them asks."""
    seconds = _pause(claimed.attempts)
    if isinstance(error, ProviderUnavailable):
        seconds = max(seconds, error.retry_after or 0.0)
    else:
        seconds = max(seconds, AFTER_REFUSAL)
    later = at + timedelta(seconds=seconds)
    # A clear no wrote nothing; after silence, something may be there.
    certain = not isinstance(error, ChannelDown)
    _let_go(claimed, due_at=later, last_error=error.summary, **({"tried_at": claimed.tried_at} if certain else {}))
    others = SlackPost.objects.select_for_update(skip_locked=True).filter(due_at__lte=at, leased_until=None)
    if certain and isinstance(error, ProviderUnavailable):
        others = others.filter(channel=claimed.channel, person=None)
    SlackPost.objects.filter(pk__in=list(others.values_list("pk", flat=True))).update(due_at=later)


def _pause(attempts: int) -> float:
    longest = min(LONGEST_PAUSE, 2.0 * 2 ** min(attempts, 10))
    return random.uniform(longest / 2, longest)  # noqa: S311  spreads tries, guards nothing


@transaction.atomic(durable=True)
def _fail(claimed: SlackPost, error: ProviderError, *, at: datetime) -> None:
    """Give this place up, use the next one, and say so in the log, from where the admins are told."""
    if not _let_go(claimed, due_at=None, pass_on_at=None, failed_at=at, last_error=error.summary):
        return
    here = claimed.request.slack_posts.filter(position=claimed.position, failed_at=None)
    if claimed.person and here.exists():
        return  # other approvers are told there; each is told by their messages, too
    used = ""
    # What is in a channel already has been seen there; where it stands for a message to each, nobody has one.
    seen = bool(claimed.ts) and not claimed.request.flow.announce_only
    if not seen and claimed.request.state == RequestState.PENDING:
        used = announce.tell(claimed.request, position=claimed.position + 1, now=at)
    data = {
        "place": str(claimed.person or claimed.channel), "text": error.summary,
        "fallback": used or _("none; approvers are told by their messages alone"),
    }  # fmt: skip
    log.append("announcement.failed", actor=log.SYSTEM, now=at, request=claimed.request, data=data)
