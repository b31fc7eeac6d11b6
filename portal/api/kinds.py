"""Every kind of refusal: what `type` it has, what it means, and what to do about it, for the page /problems/."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from access.config.declared.api_resource import Outdated
from access.core.errors import Conflict, Invalid, NotAllowed, Refusal
from access.people.api_calls import AtWork
from access.requests.signed_approvals import Unsigned


class MissingScope(NotAllowed):
    """The token was not issued for this."""


@dataclass(frozen=True)
class Kind:
    """“detail” is said where nothing better is known of one refusal."""

    name: str
    status: int
    title: str | Promise
    detail: str | Promise
    advice: str | Promise

    @property
    def type(self) -> str:
        return f"{settings.BASE_URL}{reverse('problems')}#{self.name}"


KINDS: Final = (
    Kind("wrong-input", 400, _("Something that was sent is wrong"), _("This cannot be accepted."),
         _("“errors” has a sentence for each field that is wrong. Mend those, and send it again.")),
    Kind("no-token", 401, _("No token that is live"),
         _("Send a token that is live: Authorization: Bearer usher_…"),
         _("It is missing, mistyped, revoked or expired, or its person is not active. Issue another one under "
           "“Your account”.")),
    Kind("not-allowed", 403, _("Not allowed to this person"), _("This person may not do this."),
         _("The rules of the flow or the role of the person say no; “detail” says which. To send it again changes "
           "nothing.")),
    Kind("missing-scope", 403, _("Not allowed to this token"), _("This token lacks a scope."),
         _("Its person may do this, perhaps, but this token may not. “detail” names the scope that another token "
           "needs.")),
    Kind("needs-passkey", 403, _("Has to be signed with a passkey"), _("This has to be signed with a passkey."),
         _("“detail” has the address of the page. A browser can sign there; the API can't.")),
    Kind("not-found", 404, _("Nothing is there"), _("There is nothing here, or it is not yours to see."),
         _("Whether it is not there or only not yours to see is not told.")),
    Kind("wrong-method", 405, _("The address does not take this method"),
         _("This address does not take this method."), _("The header Allow names those that it takes.")),
    Kind("conflict", 409, _("Something was first"), _("Someone was first, or the state does not allow it any more."),
         _("Read it again: “detail” says who was first, or what it has become.")),
    Kind("call-at-work", 409, _("The same call is at work"), _("A call with this idempotency key is at work."),
         _("Send it again in a moment, with the same key; after two minutes it is done for you.")),
    Kind("outdated", 412, _("The row has changed"), _("The row is not, or no longer, what you have seen."),
         _("Read it again, look at what has changed, and send yours with the new ETag.")),
    Kind("body-too-large", 413, _("The body is too large"),
         _("The body is too large: 64 kB are enough for everything."), _("Send less.")),
    Kind("wrong-content-type", 415, _("The body is of another type"), _("Send the body as application/json."),
         _("Set the header Content-Type to application/json.")),
    Kind("key-was-used", 422, _("The idempotency key was used for another call"),
         _("This idempotency key was used for another call. Take a new one."),
         _("A key belongs to one call: the same address, parameters and body.")),
    Kind("too-many-calls", 429, _("Too many calls"), _("Too many calls. Try again a little later."),
         _("Retry-After says how many seconds to wait; RateLimit-Remaining of each answer, how many are left.")),
    Kind("broken", 500, _("Something broke on our side"),
         _("Something broke on our side. It was written to the log."),
         _("A call with an idempotency key can be sent again. Tell whoever runs this portal if it stays so.")),
    Kind("busy", 503, _("The database is busy"),
         _("The database is busy with something else. Nothing was changed. Try again in a few seconds."),
         _("Send it again after the seconds that Retry-After names.")),
)  # fmt: skip
BY_NAME: Final[Mapping[str, Kind]] = {one.name: one for one in KINDS}
# The first of several that share a status stands for those that nothing more is known of.
BY_STATUS: Final[Mapping[int, Kind]] = {one.status: one for one in reversed(KINDS)}
# The more special ones first.
_REFUSALS: Final[tuple[tuple[type[Refusal], str], ...]] = (
    (MissingScope, "missing-scope"),
    (Unsigned, "needs-passkey"),
    (NotAllowed, "not-allowed"),
    (AtWork, "call-at-work"),
    (Conflict, "conflict"),
    (Outdated, "outdated"),
    (Invalid, "wrong-input"),
)


def of_refusal(refusal: Refusal) -> Kind:
    """The kind of this refusal; by its status where there is none of its own."""
    named = next((name for kind, name in _REFUSALS if isinstance(refusal, kind)), None)
    return BY_NAME[named] if named else BY_STATUS[refusal.status]
