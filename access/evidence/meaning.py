"""What a finding means, and what to do about it, in words."""

from typing import Final, Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access.models import Finding, Grant, Target, User

Kind = Finding.Kind

MEANING: Final[dict[str, str | Promise]] = {
    Kind.STILL_THERE: gettext_lazy("%(who)s is in %(target)s at Aptible although that access (%(grant)s) is over."),
    Kind.GONE: gettext_lazy(
        "%(who)s should have %(target)s (%(grant)s), but Aptible does not list them: taken out there, not by Usher."
    ),
    Kind.OUTSIDE: gettext_lazy("%(who)s was put into %(target)s at Aptible, and nobody approved it in Usher."),
    Kind.STANDING: gettext_lazy("%(who)s is in %(target)s for good, since before Usher looked at it."),
    Kind.ROLE_GONE: gettext_lazy("Aptible no longer has the role of %(target)s, so nobody can be given it."),
    Kind.ACCOUNT_GONE: gettext_lazy("The Aptible account of %(person)s is not in the organization any more."),
    Kind.ACCOUNT_BACK: gettext_lazy(
        "The Aptible account of %(person)s left the organization, and came back under another id: %(id)s."
    ),
    Kind.MAPPING_MOVED: gettext_lazy(
        "%(person)s holds %(target)s (%(grant)s) with another account than the one they are mapped to now."
    ),
}
TO_DO: Final[dict[str, str | Promise]] = {
    Kind.STILL_THERE: gettext_lazy("Nothing: Usher takes them out. If that lasts, the request's page says why."),
    Kind.GONE: gettext_lazy("Find out who took them out. Whoever still needs it asks again."),
    Kind.OUTSIDE: gettext_lazy("Take them out, or accept it with a reason."),
    Kind.STANDING: gettext_lazy("Ask whether they need it all the time. If not, take them out."),
    Kind.ROLE_GONE: gettext_lazy("Make a target of another role, and take this one out of its strategies."),
    Kind.ACCOUNT_GONE: gettext_lazy("Invite them again at Aptible, or correct the user mapping."),
    Kind.ACCOUNT_BACK: gettext_lazy("Find out whether it is theirs, and set the user mapping to the new one."),
    Kind.MAPPING_MOVED: gettext_lazy("Look at the user mapping. End the access if it is not the person's own account."),
}


class Told(Protocol):
    """What a drift and a finding have in common."""

    @property
    def kind(self) -> str: ...
    @property
    def target(self) -> Target | None: ...
    @property
    def person(self) -> User | None: ...
    @property
    def grant(self) -> Grant | None: ...
    @property
    def account_id(self) -> str: ...
    @property
    def email(self) -> str: ...


def meaning(one: Told) -> str:
    """Say in one sentence what differs."""
    return str(MEANING[one.kind]) % words(one)


def to_do(one: Told) -> str:
    return str(TO_DO[one.kind])


def words(one: Told) -> dict[str, str]:
    account = one.email or _("account %(id)s") % {"id": one.account_id}
    person = str(one.person) if one.person else ""
    return {
        "who": f"{person} ({account})" if person else account,
        "person": person or account,
        "id": one.account_id,
        "target": str(one.target or ""),
        "grant": one.grant.ref if one.grant else "",
    }
