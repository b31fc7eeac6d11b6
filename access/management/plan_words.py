"""A plan in words, and as plain facts."""

import json
from collections.abc import Iterator
from typing import Any, Final

from django.utils.translation import gettext as _

from access.config.declared import effect_words
from access.config.declared.differences import Action, Change
from access.config.declared.plan import Plan

SIGNS: Final = {Action.CREATE: "+", Action.CHANGE: "~", Action.DESTROY: "-"}


def as_text(plan: Plan) -> str:
    """Tell every change with its old and new values, then whom it touches."""
    if plan.is_empty:
        return _("Nothing to do: the set-up is as the files say.")
    lines = [line for one in plan.changes for line in _change(one, plan)]
    lines += [_("  = %(address)s is taken over as it is") % {"address": one.address} for one in plan.adopted]
    return "\n".join([*lines, "", _counts(plan), *(f"  {one}" for one in effect_words.sentences(plan.effect))])


def as_facts(plan: Plan) -> dict[str, Any]:
    """Give the same as plain data, for JSON."""
    return {
        "files": plan.digest,
        "base": plan.base,
        "changes": [
            {
                "action": one.action.value, "address": one.address, "type": one.type, "name": one.name,
                "fields": {name: {"from": old, "to": new} for name, old, new in one.fields},
            }
            for one in plan.changes
        ],
        "adopted": [one.address for one in plan.adopted],
        "kept": plan.kept,
        "effect": vars(plan.effect),
        "warnings": [{"place": str(one.place), "text": one.sentence} for one in plan.warnings],
    }  # fmt: skip


def _change(one: Change, plan: Plan) -> Iterator[str]:
    note = ""
    if one.adopted:
        note = _(" (taken over)")
    if one.address in plan.kept:
        note = _(" (stays for its history, out of use)")
    yield f"  {SIGNS[one.action]} {one.address}{note}"
    for name, old, new in one.fields if one.action is not Action.DESTROY else ():
        told = _shown(new) if one.action is Action.CREATE else f"{_shown(old)} → {_shown(new)}"
        yield f"      {name}: {told}"


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _counts(plan: Plan) -> str:
    counts = {action.value: sum(one.action is action for one in plan.changes) for action in Action}
    return _("Plan: %(create)d to add, %(change)d to change, %(destroy)d to destroy.") % counts
