"""One row of the set-up, kept through the API: read, put, and taken away by the rules that files have."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from access.audit import log
from access.config.declared import apply_changes, as_json, destroy, present, wanted
from access.config.declared.apply_changes import Broken
from access.config.declared.differences import Action, Change, Key
from access.config.declared.present import Present
from access.config.declared.write import MODELS
from access.core.errors import Conflict, Invalid, Refusal
from access.models import Declared, User
from access.people.rules import check_can_configure
from access.policy import check_flows
from integrations.terraform import document

# Before the address of a row that is kept through the API; no address in a file reads so.
PREFIX: Final = "terraform:"
ANYTHING: Final = "*"


class Outdated(Refusal):
    """The row is not what the caller has seen."""

    status: ClassVar[int] = 412


@dataclass(frozen=True)
class Row:
    """`tag` names what it is and whose, so that a later change can ask for just that. `kept_by`: api, files, nobody."""

    type: str
    name: str
    kept_by: str
    document: Mapping[str, Any]
    tag: str


@dataclass(frozen=True)
class Put:
    row: Row
    made: bool
    warnings: list[str]  # what was accepted and changes nothing


def is_through_api(address: str | None) -> bool:
    return bool(address) and str(address).startswith(PREFIX)


def listed(type_: str, *, by: User) -> list[Row]:
    """Give every row of a type, by name. Raises NotAllowed for anybody but admins."""
    check_can_configure(by=by)
    kept_by = _kept_by()
    here = present.read()
    return [_row(one, kept_by.get(key)) for key, one in sorted(here.items()) if key[0] == type_]


def find(type_: str, name: str, *, by: User) -> Row | None:
    """Give one row. Raises NotAllowed for anybody but admins."""
    return next((one for one in listed(type_, by=by) if one.name == name.lower()), None)


def put(
    type_: str, name: str, said: Mapping[str, Any], *, by: User, now: datetime, match: str = "", none_match: str = ""
) -> Put:
    """Make a row what the document says, and keep it through the API from now on, with an event in the log.

    `match` is the tag that it must have; only with it a row is taken over that nobody's files keep. `none_match` of
    `*` lets it only be made. Raises NotAllowed, Invalid, Conflict, or Outdated.
    """
    check_can_configure(by=by)
    try:
        with transaction.atomic():
            return _put((type_, name.lower()), said, by=by, now=now, match=match, none_match=none_match)
    except Broken as error:
        raise Invalid({one.place.file or "name": one.sentence for one in reversed(error.problems)}) from None
    except IntegrityError:
        raise _at_once() from None


def remove(
    type_: str, name: str, *, by: User, now: datetime, match: str = "", may_be_used: bool = False
) -> Row:  # fmt: skip
    """Take a row away. One that history needs stays, out of use, and is returned with `kept_by` nobody.

    With `may_be_used` it is only tried: those that use it may be taken away as well.
    Raises NotAllowed, Conflict while it is held or used, Outdated, or LookupError when there is none.
    """
    check_can_configure(by=by)
    try:
        with transaction.atomic():
            return _remove((type_, name.lower()), by=by, now=now, match=match, may_be_used=may_be_used)
    except IntegrityError:
        raise _at_once() from None


def check_seen(type_: str, name: str, *, match: str, none_match: str) -> None:
    """Raise Outdated when the row is not what the caller has seen, or Conflict when files keep it."""
    key = (type_, name.lower())
    address, here = _locked(key)
    _check_tag(here.get(key), address, match=match, none_match=none_match)


def _put(key: Key, said: Mapping[str, Any], *, by: User, now: datetime, match: str, none_match: str) -> Put:
    address, here = _locked(key)
    known = here.get(key)
    _check_tag(known, address, match=match, none_match=none_match)
    if known and not address and not match:
        text = _("%(name)s is here already, and not kept through the API. Look at it first, and send If-Match.")
        raise Conflict(text % {"name": key[1]})
    declared = wanted.read(document.read(*key, _with_integration(key, said, known, here)))
    if declared.problems:
        raise Broken(declared.problems, declared.warnings)
    if not declared.rows:
        raise Invalid({"type": " ".join(warning.sentence for warning in declared.warnings)})
    [one] = declared.rows
    changes = _changes(one, known)
    apply_changes.carry_out(declared, changes, here, now=now)
    if changes or not address:
        apply_changes.own({key: PREFIX + one.address}, digest="", actor=by, now=now)
        check_flows.look_soon(now=now)
        apply_changes.log(changes, kept=(), actor=by, now=now)
    if not changes and not address:
        log.append("config.kept", actor=by, now=now, subject=f"{key[0].removeprefix('sym_')}:{key[1]}")
    row = _row(Present(*key, MODELS[key[0]](), one.facts), PREFIX)
    return Put(row, known is None, [warning.sentence for warning in declared.warnings])


def _changes(one: wanted.Wanted, known: Present | None) -> list[Change]:
    if known is None:
        return [Change(Action.CREATE, one.type, one.name, one.address, {}, one.facts)]
    if known.facts != one.facts:
        return [Change(Action.CHANGE, one.type, one.name, one.address, known.facts, one.facts)]
    return []


def _remove(key: Key, *, by: User, now: datetime, match: str, may_be_used: bool) -> Row:
    address, here = _locked(key)
    known = here.get(key)
    if known is None:
        raise LookupError(key[1])
    _check_tag(known, address, match=match, none_match="")
    if not address and not match:
        text = _("%(name)s is not kept through the API. Look at it first, and send If-Match.")
        raise Conflict(text % {"name": key[1]})
    kept_by = _kept_by()
    users = [f"{one.type} {one.name}" for other, one in here.items() if other in kept_by and _uses(one, key)]
    if users and not may_be_used:
        text = _("%(name)s is used by %(users)s. Take it out there first.")
        raise Conflict(text % {"name": key[1], "users": ", ".join(sorted(users))})
    change = Change(Action.DESTROY, *key, f"{key[0]}.{key[1]}", known.facts, {})
    if users:
        destroy.check_nothing_is_held([change])
        return _row(known, None)
    done = apply_changes.carry_out(wanted.Declared([], [], [], []), [change], here, now=now)
    apply_changes.disown([key])
    check_flows.look_soon(now=now)
    apply_changes.log([change], kept=done.kept, actor=by, now=now)
    return _row(known, None)


def _locked(key: Key) -> tuple[str, Mapping[Key, Present]]:
    """Lock what is kept and the row, then read everything. Raises Conflict for a row that files keep."""
    kept_by = {(one.type, one.name): one.address for one in Declared.objects.select_for_update()}
    address = kept_by.get(key, "")
    if address and not is_through_api(address):
        text = _("%(name)s is kept by files, as %(address)s. Change it there, or take it out of them first.")
        raise Conflict(text % {"name": key[1], "address": address})
    list(MODELS[key[0]]._default_manager.select_for_update().filter(name__iexact=key[1]).values("pk"))
    return address, present.read()


def _check_tag(known: Present | None, address: str, *, match: str, none_match: str) -> None:
    if known and none_match == ANYTHING:
        raise Outdated(_("%(name)s is here already. Import it to keep it.") % {"name": known.name})
    tag = _row(known, address).tag if known else ""
    if match and match != tag and not (match == ANYTHING and known):
        raise Outdated(_("It has changed since it was read. Read it again, and decide anew."))


def _with_integration(
    key: Key, said: Mapping[str, Any], known: Present | None, here: Mapping[Key, Present]
) -> Mapping[str, Any]:
    """Files tell a target's integration by its strategy. A target alone has its own, or the only one there is."""
    if key[0] != "sym_target" or said.get("integration_id"):
        return said
    names = [known.facts["integration"]] if known else [name for type_, name in here if type_ == "sym_integration"]
    if len(names) != 1:
        text = _("Set integration_id: there are %(count)d integrations, so nobody knows whose role it is.")
        raise Invalid({"integration_id": text % {"count": len(names)}})
    return {**said, "integration_id": names[0]}


def _uses(one: Present, key: Key) -> bool:
    """Whether a row can't be without the other. A strategy can be without a target."""
    return (key[0].removeprefix("sym_"), key[1]) in _named(one)


def _named(one: Present) -> Iterator[tuple[str, Any]]:
    for fact, type_ in (("username_secret", "secret"), ("password_secret", "secret"), ("integration", "integration")):
        yield type_, one.facts.get(fact)
    yield "strategy", one.facts.get("strategy")


def _kept_by() -> dict[Key, str]:
    return {(one.type, one.name): one.address for one in Declared.objects.all()}


def _row(one: Present, address: str | None) -> Row:
    kept_by = "nobody" if not address else "api" if is_through_api(address) else "files"
    text = json.dumps([one.type, one.name, kept_by, one.facts], sort_keys=True)
    tag = hashlib.sha256(text.encode()).hexdigest()[:32]
    return Row(one.type, one.name, kept_by, as_json.of(one.type, one.facts), tag)


def _at_once() -> Conflict:
    return Conflict(_("Somebody changed this at the same moment. Read it again, and decide anew."))
