"""How far the set-up has come, read from the rows: nothing of it is remembered apart."""

from dataclasses import dataclass
from typing import Final

from django.core.cache import cache
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from access.models import AccessRequest, Flow, Grant, Integration, Target

CONNECT, ROLES, PEOPLE, ASK = "connect", "roles", "people", "ask"
LABELS: Final[dict[str, str | Promise]] = {
    CONNECT: _("Connect Aptible"),
    ROLES: _("Choose roles"),
    PEOPLE: _("People and the first flow"),
    ASK: _("The first access"),
}
# Once true for good; kept, so that a portal in use does not ask for it on every page.
_CONFIRMED: Final = "first-access-confirmed"


@dataclass(frozen=True)
class Step:
    name: str
    label: str | Promise
    is_done: bool
    is_open: bool  # what it needs is there


@dataclass(frozen=True)
class Progress:
    integration: Integration | None
    targets: int
    flow: Flow | None  # open, with somebody who decides
    asked: AccessRequest | None
    is_over: bool  # the first access was confirmed

    @property
    def steps(self) -> list[Step]:
        synced = bool(self.integration and self.integration.synced_at)
        done = {CONNECT: synced, ROLES: bool(self.targets), PEOPLE: bool(self.flow), ASK: self.is_over}
        reached = [CONNECT, *(after for before, after in zip(done, list(done)[1:], strict=False) if done[before])]
        return [Step(name, LABELS[name], is_done, name in reached) for name, is_done in done.items()]

    @property
    def next(self) -> Step | None:
        return next((one for one in self.steps if not one.is_done), None)


def is_over() -> bool:
    """Whether some access was confirmed ever: then the set-up needs no path any more. At most one query."""
    if cache.get(_CONFIRMED):
        return True
    over = Grant.objects.filter(confirmed_at__isnull=False).exists()
    if over:
        cache.set(_CONFIRMED, True, None)
    return over


def progress() -> Progress:
    """Read how far it is, in five queries."""
    flows = Flow.objects.filter(is_active=True, stages__pools__isnull=False, strategy__isnull=False)
    return Progress(
        integration=the_integration(),
        targets=Target.objects.count(),
        flow=flows.order_by("pk").first(),
        asked=AccessRequest.objects.order_by("pk").first(),
        is_over=is_over(),
    )


def the_integration() -> Integration | None:
    """The first connection to Aptible: the path serves this one, and the admin all others."""
    return Integration.objects.filter(type=Integration.Type.APTIBLE).order_by("pk").first()
