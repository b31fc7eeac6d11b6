"""Start an access review: say what is looked at, by whom and until when, and take in who is in a role now."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from access.audit import log
from access.core import refs
from access.core.errors import Invalid
from access.evidence.access_reviews import join, told
from access.evidence.access_reviews.look import LATER, next_told
from access.evidence.access_reviews.rules import check_can_run
from access.models import AccessReview, Group, Target, User

TITLE_MAX: Final = 200
SHORTEST: Final = timedelta(hours=1)
LONGEST: Final = timedelta(days=366)


@transaction.atomic
def start(
    *,
    title: str,
    targets: Collection[Target],
    every_target: bool,
    reviewers: str,
    group: Group | None,
    deadline: datetime,
    by: log.Actor,
    now: datetime,
) -> AccessReview:
    """Open it with a row for each member. Raises NotAllowed for anybody but an admin, Invalid with what does not fit.

    Standing members are those that the last look at Aptible listed; whoever is found later joins then.
    """
    if isinstance(by, User):
        check_can_run(by)
    group = group if reviewers == AccessReview.Reviewers.GROUP else None
    if errors := _errors(title, targets, every_target, reviewers, group, deadline, now=now):
        raise Invalid(errors)
    tell_at = next_told(now, deadline, after=now)
    review = AccessReview.objects.create(
        ref=refs.fresh(AccessReview, "V"), title=title.strip(), every_target=every_target, reviewers=reviewers,
        group=group, started_at=now, started_by=by if isinstance(by, User) else None, deadline=deadline,
        tell_at=tell_at, due_at=min(tell_at, now + LATER),
    )  # fmt: skip
    review.targets.set([] if every_target else targets)
    rows = join.new(review, now=now)
    data = {**told.of_review(review), "rows": len(rows)}
    log.append("access_review.started", actor=by, now=now, subject=told.subject(review), data=data)
    return review


def _errors(
    title: str, targets: Collection[Target], every: bool, reviewers: str, group: Group | None, deadline: datetime,
    *, now: datetime,
) -> dict[str, str]:  # fmt: skip
    errors = {}
    if not title.strip():
        errors["title"] = _("Give it a title, such as: Production, third quarter.")
    elif len(title.strip()) > TITLE_MAX:
        errors["title"] = _("Use at most %(count)d characters.") % {"count": TITLE_MAX}
    if not every and not targets:
        errors["targets"] = _("Choose at least one target, or every target.")
    if reviewers not in AccessReview.Reviewers.values:
        errors["reviewers"] = _("Choose who decides.")
    elif reviewers == AccessReview.Reviewers.GROUP and group is None:
        errors["group"] = _("Choose the group whose members decide.")
    if not now + SHORTEST <= deadline <= now + LONGEST:
        errors["deadline"] = _("Choose a time between an hour and a year from now.")
    return errors
