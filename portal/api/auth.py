"""Who calls: the person behind a bearer token, within its scopes and its limits. Never a cookie."""

from typing import Final

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja.security import HttpBearer

from access.models import Scope, Token, User
from access.people import api_calls, refused_sign_ins, tokens
from access.people.rules import check_is_vouched
from portal.api.kinds import MissingScope
from portal.api.problems import TooMany
from portal.sign_in.client_address import client_address

READING: Final = ("GET", "HEAD")
# What changes who gets in.
SET_UP: Final = frozenset({Scope.CONFIGURE, Scope.PROVISION})


class ApiRequest(HttpRequest):
    """A call as it is once its token was looked at."""

    user: User
    auth: Token
    allowance: api_calls.Allowance


class Bearer(HttpBearer):
    """Lets on who has a live token of one of these scopes; without a scope every live token does.

    A call writes as its method says, unless `writes` says otherwise.
    """

    def __init__(self, *scopes: Scope, writes: bool | None = None) -> None:
        super().__init__()
        self.scopes, self.writes = scopes, writes

    def __call__(self, request: HttpRequest) -> Token | None:
        """Read the header. The framework's own way would log another one while developing, with what it holds."""
        kind, _space, token = request.headers.get(self.header, "").partition(" ")
        return self.authenticate(request, token.strip()) if kind.lower() == self.openapi_scheme else None

    def authenticate(self, request: HttpRequest, token: str) -> Token | None:
        now = timezone.now()
        found = tokens.holder(token, now=now)
        if found is None:
            text = _("The token is unknown, expired or revoked.")
            refused_sign_ins.note(way="token", text=text, address=client_address(request), now=now)
            return None
        writes = request.method not in READING if self.writes is None else self.writes
        allowance = api_calls.count(found, writes=writes, now=now)
        request.allowance = allowance  # type: ignore[attr-defined]
        if not allowance.admitted:
            raise TooMany(allowance.resets_in)
        if self.scopes:
            check_scope(found, *self.scopes)
        if writes and SET_UP & set(self.scopes):
            check_is_vouched(found)
        request.user = found.person
        return found


def check_scope(token: Token, *scopes: Scope) -> None:
    """Raise MissingScope when the token was issued for none of these."""
    if not set(scopes) & set(token.scopes):
        raise MissingScope(_("This token lacks the scope “%(scope)s”.") % {"scope": scopes[0]})
