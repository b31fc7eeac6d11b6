"""Slow down the guessing of passwords, and say in the log who came in.

The attempts are rows, because every web process on every machine has to count the same ones: a cache in the
memory of one process would allow as many times more as there are processes, and forget all at a restart.
"""

from datetime import datetime, timedelta
from typing import Final

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from social_django.models import UserSocialAuth

from access.audit import log
from access.core.slices import in_slices
from access.models import SignInAttempt, User
from access.people import unproven

LIMIT: Final = 10
# After that many, each further attempt waits twice as long as the one before, up to the window.
FIRST_PAUSE: Final = timedelta(seconds=10)
# Sign-ins with a provider that one address may begin in the window. Whole offices come from one address.
LIMIT_BEGUN: Final = 200
WINDOW: Final = timedelta(minutes=5)


def attempt(*, email: str, address: str, now: datetime, known: bool = False) -> timedelta:
    """Count an attempt before the password is looked at; return how long to wait, zero when it may go on.

    Counted first, so that many at once can't slip through together. One that has to wait is not counted. By e-mail and
    by address apart; from a browser that is `known` only what was tried at the e-mail from such ones: others shut
    nobody out, be they at the same address.
    """
    SignInAttempt.objects.filter(at__lte=now - WINDOW).delete()
    mine = SignInAttempt.objects.create(email=email.strip().lower(), address=address, at=now, known=known)
    earlier = SignInAttempt.objects.exclude(pk=mine.pk).exclude(email="")
    by_email, by_address = earlier.filter(email=mine.email), earlier.filter(address=mine.address)
    counted = [by_email.filter(known=True)] if known else [by_email, by_address]
    wait = max(_wait(one, now=now) for one in counted)
    if wait:
        mine.delete()
    return wait


def begin(*, address: str, now: datetime) -> bool:
    """Count that somebody begins to sign in with a provider, whose e-mail nobody knows yet; False for too many.

    Each one that is begun costs rows and may cost a call. None counts against passwords, nor the other way round.
    """
    SignInAttempt.objects.filter(at__lte=now - WINDOW).delete()
    if SignInAttempt.objects.filter(email="", address=address).count() >= LIMIT_BEGUN:
        return False
    SignInAttempt.objects.create(email="", address=address, at=now)
    return True


def succeeded(*, email: str) -> None:
    """Forget the attempts at this e-mail: its owner is in."""
    SignInAttempt.objects.filter(email=email.strip().lower()).delete()


def note(*, user: User, way: str, address: str, now: datetime, passkey: str = "") -> None:
    """Write to the log that somebody signed in: how, from which address, and with which passkey after a password.

    Failures are in refused.py: a stranger who guesses must not be able to fill a log that never shrinks.
    """
    data = {"way": way, "address": address, **({"passkey": passkey} if passkey else {})}
    log.append("person.signed_in", actor=user, now=now, subject=user, data=data)


def matched(*, user: User, way: str, now: datetime) -> None:
    """Write to the log that an account is tied to a provider's subject from now on."""
    log.append("person.matched", actor=user, now=now, subject=user, data={"way": way})


@transaction.atomic
def forget_matches(*, user: User, by: User, now: datetime) -> bool:
    """Let the person be matched by e-mail once more; False when no provider's subject was theirs.

    By the one that they have now, also where the directory alone has said it: an admin does.
    """
    locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    matches = UserSocialAuth.objects.filter(user=locked)
    ways = sorted({one.provider for one in matches})
    if not ways:
        return False
    matches.delete()
    unproven.prove(locked, email=locked.email)
    log.append("person.match_forgotten", actor=by, now=now, subject=locked, data={"way": ", ".join(ways)})
    return True


def end_sessions(user: User, *, now: datetime) -> None:
    """Sign the person out everywhere. Whoever comes back later signs in anew: no old browser is let in with them."""
    live = in_slices(Session.objects.filter(expire_date__gt=now), "session_key")
    theirs = [one.pk for one in live if one.get_decoded().get(SESSION_KEY) == str(user.pk)]
    Session.objects.filter(pk__in=theirs).delete()


def _wait(attempts: QuerySet[SignInAttempt], *, now: datetime) -> timedelta:
    """A pause after the latest attempt that grows with each one beyond the limit: no wall, whoever tries."""
    times = list(attempts.order_by("-at").values_list("at", flat=True)[: LIMIT + 5])
    if len(times) < LIMIT:
        return timedelta(0)
    doublings: int = 2 ** (len(times) - LIMIT)
    pause = min(FIRST_PAUSE * doublings, WINDOW)
    return max(times[0] + pause - now, timedelta(0))
