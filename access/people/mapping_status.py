"""User mappings, and how each stands at the last sync."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, CharField, F, OuterRef, Q, QuerySet, Subquery, TextChoices, Value, When
from django.db.models.functions import Coalesce, Lower
from django.utils.translation import gettext_lazy as _

from access.core.slices import in_slices
from access.models import DirectoryPerson, Integration, UserMapping


class Status(TextChoices):
    """How a mapping stands. The words are in exported files, so they stay."""

    MAPPED = "mapped", _("Has an account")
    LEFT = "left", _("The account left the organization")
    RENAMED = "renamed", _("The account has another e-mail now")
    UNKNOWN = "unknown", _("The account was never seen")
    MISSING = "missing", _("No account has this e-mail")
    AMBIGUOUS = "ambiguous", _("Several accounts have this e-mail")
    TAKEN = "taken", _("The account belongs to another person")
    BOT = "bot", _("The account is that of Usher's own bot")
    UNPROVEN = "unproven", _("The directory has changed the e-mail, and no sign-in has said the same")


def with_status(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Add `account_email`, as the directory has it now, and `status`."""
    account = DirectoryPerson.objects.filter(integration=OuterRef("integration"), external_id=OuterRef("account_id"))
    known = rows.annotate(
        account_email=Subquery(account.values("email")),
        account_gone_at=Subquery(account.values("gone_at")),
        # A match by e-mail holds as long as both have the same; another choice, as long as the account keeps its own.
        expected_email=Case(When(method=UserMapping.Method.EMAIL, then="user__email"), default="email_at_match"),
    )
    same_email = Q(expected_email="") | Q(expected_lower=F("actual_lower"))
    compared = known.annotate(
        expected_lower=Lower("expected_email"), actual_lower=Lower(Coalesce("account_email", Value("")))
    )
    stands: QuerySet[Any] = compared.annotate(
        status=Case(
            When(account_id="", problem=UserMapping.Problem.NONE, then=Value(Status.MISSING)),
            When(account_id="", then="problem"),
            When(account_email=None, then=Value(Status.UNKNOWN)),
            When(account_gone_at__isnull=False, then=Value(Status.LEFT)),
            When(same_email, then=Value(Status.MAPPED)),
            default=Value(Status.RENAMED),
            output_field=CharField(),
        )
    )
    return stands


@dataclass(frozen=True)
class Listed:
    """One person in one integration, in plain words. Without an account, `status` says why."""

    integration: str
    email: str
    account_id: str
    account_email: str
    method: str
    status: str


def listed(*, integration: Integration | None = None, statuses: Collection[str] = ()) -> Iterator[Listed]:
    """Read mappings, all or some, by integration and e-mail. One query for each thousand."""
    rows = with_status(UserMapping.objects.all())
    rows = rows.filter(integration=integration) if integration else rows
    rows = rows.filter(status__in=statuses) if statuses else rows
    names = ("pk", "integration__name", "user__email", "account_id", "account_email", "method", "status")
    for one in in_slices(rows.values(*names), "integration__name", "user__email", "pk"):
        yield Listed(
            one["integration__name"],
            one["user__email"],
            one["account_id"],
            one["account_email"] or "",
            one["method"] if one["account_id"] else "",
            one["status"],
        )
