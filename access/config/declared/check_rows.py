"""Whether the rows that files declare can be: what the files alone do not show."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from access.config import setup_errors
from access.config.declared.differences import Key
from access.config.declared.flow_blocks import Facts
from access.config.declared.present import Present
from access.config.declared.wanted import Declared, Wanted
from access.config.declared.write import MODELS, Writer
from access.config.declared.write_flows import Known, announcement
from access.models import Flow, Grant, Pool, Secret, Target
from access.policy import target_in_use
from integrations.terraform.problems import Place, Problem, did_you_mean

LONGEST_ADDRESS: Final = 300
_SLUG: Final = re.compile(r"[a-z0-9_-]{1,100}")


def problems(declared: Declared, present: Mapping[Key, Present], writer: Writer) -> list[Problem]:
    """Tell, with its place, each row that could not be written: before anything is."""
    found = [*_looked_up(declared, present), *_twins(declared.rows, present), *_strangers(declared.rows, present)]
    found += [*_fallback_roles(declared.rows, present), *without_approval(declared.rows)]
    for one in declared.rows:
        found += [Problem(_place(one, fact), sentence) for fact, sentence in _of(one, writer)]
    return found


def _place(one: Wanted, fact: str) -> Place:
    return one.places.get(fact, one.place)


def _of(one: Wanted, writer: Writer) -> Iterator[tuple[str, str]]:
    if not _SLUG.fullmatch(one.name):
        yield "name", _("A name has letters, digits, “-” and “_” only, and at most 100 of them.")
    if len(one.address) > LONGEST_ADDRESS:
        yield "name", _("Its address in the files is longer than %(most)d characters.") % {"most": LONGEST_ADDRESS}
    if one.type == "sym_secret":
        yield from _of_secret(one)
    if one.type == "sym_integration":
        yield from _of_integration(one, writer)
    if one.type == "sym_target":
        yield from _of_target(one, writer)
    if one.type == "sym_strategy" and not one.facts["integration"]:
        yield "integration_id", _("A strategy gives roles through an integration: name it.")
    if one.type == "sym_flow":
        yield from _of_flow(one, writer)
    else:
        yield from _of_columns(one, writer)


def _of_secret(one: Wanted) -> Iterator[tuple[str, str]]:
    if one.facts["source"] not in Secret.Source.values:
        yield "source_id", _("Secrets of the type “%(type)s” can't be read here.") % {"type": one.facts["source"]}


def _of_target(one: Wanted, writer: Writer) -> Iterator[tuple[str, str]]:
    if one.facts["risk"] not in Target.Risk.values:
        yield "risk", _("A risk is low, medium or high.")
    row = writer.rows.get((one.type, one.name))
    if row is None:
        return
    another_role = row.role_id != one.facts["role_id"]
    elsewhere = row.integration.name.lower() != one.facts["integration"]
    why = target_in_use.why_it_keeps_its_role(row) if another_role or elsewhere else ""
    if why:
        yield "settings" if another_role else "integration_id", _("%(why)s Declare a new target.") % {"why": why}


def _of_integration(one: Wanted, writer: Writer) -> Iterator[tuple[str, str]]:
    """In another organization the roles that are held would be missing, and that reads as gone."""
    row = writer.rows.get((one.type, one.name))
    moves = row is not None and row.external_id != one.facts["external_id"]
    if moves and Grant.objects.filter(target__integration=row).exists():
        yield "external_id", _("An integration keeps its organization once somebody has held a role of it.")


def _of_flow(one: Wanted, writer: Writer) -> Iterator[tuple[str, str]]:
    yield from _unknown(one, writer.known)
    yield from _unproven(one, writer.known)
    yield from _of_announcements(one)
    flow = Flow(name=one.name, **writer.fields(one.type, one.facts))
    if one.facts["strategy"] and flow.strategy is None:
        flow.strategy_id = 0  # it is declared as well, and not written yet
    try:
        flow.clean_fields(exclude=["strategy"])
    except ValidationError as error:
        yield from ((_fact(name), " ".join(texts)) for name, texts in error.message_dict.items())
    else:
        yield from ((_fact(name), text) for name, text in setup_errors.of_flow(flow).items())


def without_approval(rows: Iterable[Wanted]) -> Iterator[Problem]:
    """Tell the flows that say nobody who decides, as the predecessor's files do: there it was Python."""
    for one in rows:
        if one.type == "sym_flow" and one.facts["active"] and not one.facts["stages"]:
            text = _("Nobody could approve a request: add a “stage” block that says who decides.")
            yield Problem(_place(one, "name"), text)


def _of_announcements(one: Wanted) -> Iterator[tuple[str, str]]:
    for number, said in enumerate(one.facts["announce"], 1):
        row = announcement(Flow(name=one.name), number, said)
        try:
            row.clean_fields(exclude=["flow"])
            row.validate_constraints(exclude=["flow"])
        except ValidationError as error:
            yield "name", _("announce: %(why)s") % {"why": " ".join(error.messages)}


def _unknown(one: Wanted, known: Known) -> Iterator[tuple[str, str]]:
    """Tell the people, groups, schedules and working hours that a flow names and that are not here."""
    pools = [pool for stage in one.facts["stages"] for pool in stage["pools"]]
    rules = one.facts["fast_track"]
    named: list[tuple[str, Mapping[str, Any], Iterable[str]]] = [
        (_("Nobody here has the e-mail %(name)s.%(near)s"), known.people, _in(pools, "people")),
        (_("There is no group %(name)s.%(near)s"), known.groups, [
            *_in(pools, "groups"), *one.facts["requesters"], *one.facts["stand_ins"],
            *_set(rules, "in_group", "not_in_group"),
        ]),
        (_("There is no schedule %(name)s.%(near)s"), known.schedules, _set(rules, "on_call", "not_on_call")),
        (_("There are no working hours %(name)s.%(near)s"), known.hours, _set(rules, "within_hours", "outside_hours")),
    ]  # fmt: skip
    for sentence, rows, names in named:
        for name in sorted(set(names) - set(rows)):
            yield "name", sentence % {"name": name, "near": did_you_mean(name, list(rows))}


def _unproven(one: Wanted, known: Known) -> Iterator[tuple[str, str]]:
    """Tell of whom the directory alone says the e-mail by which they would be put among the flow's approvers."""
    pools = [pool for stage in one.facts["stages"] for pool in stage["pools"]]
    text = _(
        "The directory has changed an e-mail to %(name)s. Name it once a sign-in of that person has said the same."
    )
    for name in sorted(set(_in(pools, "people")) & set(known.unproven)):
        if not Pool.objects.filter(stage__flow__name=one.name, people=known.people[name]).exists():
            yield "name", text % {"name": name}


def _in(pools: Iterable[Facts], what: str) -> list[str]:
    return [name for pool in pools for name in pool[what]]


def _set(rules: Iterable[Facts], *what: str) -> list[str]:
    return [one[name] for one in rules for name in what if one[name]]


def _of_columns(one: Wanted, writer: Writer) -> Iterator[tuple[str, str]]:
    """Tell what a column can't hold: a text too long, a number too large."""
    row: Any = MODELS[one.type](name=one.name, **writer.fields(one.type, one.facts))
    told_elsewhere = [field.name for field in row._meta.concrete_fields if field.is_relation]
    try:
        row.clean_fields(exclude=[*told_elsewhere, "name", "type", "source", "risk"])
    except ValidationError as error:
        yield from ((_fact(name), " ".join(texts)) for name, texts in error.message_dict.items())


def _fact(field: str) -> str:
    others = {"location": "path", "role_id": "settings", "sync_every": "settings", "max_seconds": "max_duration"}
    return {"allowed_durations": "durations", "is_active": "active", **others}.get(field, field)


def _strangers(rows: Collection[Wanted], present: Mapping[Key, Present]) -> Iterator[Problem]:
    """A strategy gives roles of its own organization only."""
    of = {name: one.facts["integration"] for (type_, name), one in present.items() if type_ == "sym_target"}
    of |= {one.name: one.facts["integration"] for one in rows if one.type == "sym_target"}
    for one in rows:
        mine = one.facts.get("integration")
        for name in one.facts["targets"] if one.type == "sym_strategy" else []:
            if of.get(name, mine) != mine:
                text = _("The target %(target)s is of the integration %(its)s, and this strategy of %(mine)s.")
                words = {"target": name, "its": of[name], "mine": mine or _("none")}
                yield Problem(_place(one, "targets"), text % words)


def _twins(rows: Collection[Wanted], present: Mapping[Key, Present]) -> Iterator[Problem]:
    """Two targets on one role could take each other's access away; an organization has one integration."""
    seen: dict[tuple[Any, ...], Wanted] = {}
    declared = {(one.type, one.name) for one in rows}
    others = [one for key, one in present.items() if key not in declared]
    known = [Wanted(one.type, one.name, f"{one.type} “{one.name}”", one.facts, Place("")) for one in others]
    for one in [*known, *rows]:
        match one.type:
            case "sym_target":
                key: tuple[Any, ...] = ("role", one.facts["integration"], one.facts["role_id"])
            case "sym_integration":
                key = ("organization", one.facts["type"], one.facts["external_id"])
            case _:
                continue
        first = seen.setdefault(key, one)
        if first is not one:
            text = _("%(first)s has the same %(what)s.") % {"first": first.address, "what": key[0]}
            yield Problem(_place(one, "settings" if key[0] == "role" else "external_id"), text)


def _fallback_roles(rows: Collection[Wanted], present: Mapping[Key, Present]) -> Iterator[Problem]:
    """A fallback role is given without asking and kept for good, so nobody can ask for it."""
    declared = {(one.type, one.name): one for one in rows}
    facts = {key: one.facts for key, one in present.items()} | {key: one.facts for key, one in declared.items()}
    for key, target in facts.items():
        integration = ("sym_integration", target["integration"]) if key[0] == "sym_target" else None
        told = declared.get(key) or (declared.get(integration) if integration else None)
        if integration and told and target["role_id"] == facts.get(integration, {}).get("fallback_role_id"):
            text = _("%(name)s is on the fallback role of its integration, which is given without asking, for good.")
            yield Problem(_place(told, "settings"), text % {"name": key[1]})


def _looked_up(declared: Declared, present: Mapping[Key, Present]) -> Iterator[Problem]:
    for reference, name, place in declared.looked_up:
        if (reference.type, name) not in present:
            near = did_you_mean(name, [key[1] for key in present if key[0] == reference.type])
            text = _("There is no %(type)s “%(name)s” here.%(near)s")
            yield Problem(place, text % {"type": reference.type, "name": name, "near": near})


def dead_ends(rows: Iterable[Wanted], flows: Mapping[str, str]) -> Iterator[Problem]:
    """Tell the flows of the files for which nobody's request could be approved. `flows` says why, by name."""
    for one in rows:
        if one.type == "sym_flow" and flows.get(one.name):
            yield Problem(one.place, flows[one.name])
