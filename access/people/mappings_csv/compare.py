"""What importing a file would change. Nothing is changed here."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from django.utils.translation import gettext as _

from access.models import Integration, User
from access.people import mappings
from access.people.mappings_csv import entries
from access.people.mappings_csv.cells import shown
from access.people.mappings_csv.known import Known, Wrong
from access.people.mappings_csv.layout import Entry
from access.people.mappings_csv.read import Remark

T = TypeVar("T")


@dataclass(frozen=True)
class Change:
    """A person gets another account in an integration than now. Accounts are told by id and e-mail, empty when none."""

    line: int
    user: User
    integration: Integration
    before: str
    after: str
    before_email: str
    after_email: str


@dataclass(frozen=True)
class Plan:
    """What a file would do: its changes, or else every line that is wrong."""

    sha256: str
    changes: tuple[Change, ...]
    wrong: tuple[Remark, ...]
    left_out: tuple[Remark, ...]
    unchanged: int  # what the file says that is so already

    @property
    def seen(self) -> str:
        """A digest of the file and of each change, for somebody to agree to what they saw and to nothing else."""
        told = [[one.integration.name, one.user.email, one.before, one.after] for one in self.changes]
        return hashlib.sha256(json.dumps([self.sha256, told]).encode()).hexdigest()


@dataclass(frozen=True)
class _Wish:
    line: int
    integration: Integration
    user: User
    before: str
    after: str


def plan(data: bytes, *, lock: bool = False) -> Plan:
    """Compare a file with what is here. A row that is missing in it, or has no account, changes nothing.

    With `lock`, in a transaction, it stays true until that ends.
    """
    known = Known(lock=lock)
    said = entries.said(data, known.organizations())
    wrong = list(said.wrong)
    wishes = [wish for entry in said.entries if (wish := _wish(entry, known, wrong))]
    wrong += [*_twice(said.entries), *_shared(wishes, known)]
    filled = [one for one in wishes if one.after]
    return Plan(
        sha256=hashlib.sha256(data).hexdigest(),
        changes=() if wrong else tuple(_change(one, known) for one in filled if one.before != one.after),
        wrong=tuple(sorted(set(wrong))),
        left_out=said.left_out,
        unchanged=sum(one.before == one.after for one in filled),
    )


def _wish(entry: Entry, known: Known, wrong: list[Remark]) -> _Wish | None:
    integration = _or_noted(wrong, entry.line, known.integration, entry.integration)
    user = _or_noted(wrong, entry.line, known.person, entry.email)
    if integration is None or user is None:
        return None
    before = known.current.get((integration.pk, user.pk), "")
    after = _or_noted(wrong, entry.line, partial(known.account, entry, integration, current=before))
    if after and integration.is_bot(after):
        wrong.append(Remark(entry.line, mappings.of_the_bot()))
    return None if after is None else _Wish(entry.line, integration, user, before, after)


def _or_noted(wrong: list[Remark], line: int, find: Callable[..., T], *what: str) -> T | None:
    try:
        return find(*what)
    except Wrong as error:
        wrong.append(Remark(line, str(error)))
        return None


def _twice(said: Iterable[Entry]) -> Iterator[Remark]:
    """Two lines on one person in one integration, even if they say the same."""
    lines = defaultdict(list)
    for entry in said:
        if entry.integration and entry.email:
            lines[entry.integration, entry.email.lower()].append(entry.line)
    text = _("“%(email)s” in %(integration)s is also on line %(line)d.")
    for (integration, email), found in lines.items():
        for line in found if len(found) > 1 else ():
            other = found[0] if line != found[0] else found[1]
            words = {"email": shown(email), "integration": shown(integration), "line": other}
            yield Remark(line, text % words)


def _shared(wishes: Iterable[_Wish], known: Known) -> Iterator[Remark]:
    """Two people who would end up with one account, in the file or with somebody who is not in it."""
    wanted = {(one.integration.pk, one.user.pk): one for one in wishes if one.after}
    holders = defaultdict(list)
    for (integration, user), account in {**known.current, **{key: one.after for key, one in wanted.items()}}.items():
        holders[integration, account].append(user)
    for (integration, user), wish in wanted.items():
        others = [other for other in holders[integration, wish.after] if other != user]
        if others:
            yield Remark(wish.line, _shared_with(others[0], wanted.get((integration, others[0])), wish, known))


def _shared_with(other: int, rival: _Wish | None, wish: _Wish, known: Known) -> str:
    words = {"account": shown(wish.after), "person": known.by_pk[other].email, "line": rival.line if rival else 0}
    if rival:
        return _("The account “%(account)s” is also given to %(person)s, on line %(line)d.") % words
    return _("The account “%(account)s” belongs to %(person)s already.") % words


def _change(wish: _Wish, known: Known) -> Change:
    emails = (known.email_of(wish.integration, one) for one in (wish.before, wish.after))
    return Change(wish.line, wish.user, wish.integration, wish.before, wish.after, *emails)
