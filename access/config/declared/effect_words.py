"""What a change of the set-up means for people, in sentences."""

from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.config.declared.effects import Effect

MOST_NAMES: Final = 20


def sentences(effect: Effect) -> Iterator[str]:
    told = (
        (effect.may_ask, _("may ask for")),
        (effect.may_no_longer_ask, _("may no longer ask for")),
        (effect.may_approve, _("may approve")),
        (effect.may_no_longer_approve, _("may no longer approve")),
    )
    for pairs, verb in told:
        for who in dict.fromkeys(who for who, _target in pairs):
            targets = [target for one, target in pairs if one == who]
            yield f"{who} {verb} {_shortened(targets)}."
    yield from (f"{name}: {why}" for name, why in effect.dead_ends.items())
    if effect.touched:
        text = ngettext(
            "Access that is held or about to be, of a target that changes: %(names)s.",
            "Access of %(count)d people that is held or about to be, of targets that change: %(names)s.",
            len(effect.touched),
        )
        yield text % {"count": len(effect.touched), "names": _shortened(effect.touched)}


def _shortened(names: list[str]) -> str:
    rest = len(names) - MOST_NAMES
    return ", ".join([*names[:MOST_NAMES], *([_("and %(count)d more") % {"count": rest}] if rest > 0 else [])])
