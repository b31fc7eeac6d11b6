"""The sign-in providers: who says who somebody is, and which of what they say can be relied on.

Each names the e-mail that it vouches for, and a subject that is unique beyond the provider: two providers, or two
installations of one, may number their people alike.
"""

import hashlib
from contextlib import suppress
from typing import Any, Final
from urllib.parse import quote

import jwt
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.utils.translation import gettext as _
from jwt.exceptions import PyJWTError
from social_core.backends.github import GithubOAuth2
from social_core.backends.oauth import BaseOAuth2PKCE
from social_core.backends.open_id_connect import OpenIdConnectAuth
from social_core.exceptions import AuthPolicyError, AuthProviderError, AuthResponseError

from integrations.storable import is_storable

# Microsoft says nothing about single addresses, but whether the domain belongs to the tenant.
_KINDS_OF_KEYS: Final = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
ENTRA: Final = "https://login.microsoftonline.com/"
LONGEST_SUBJECT: Final = 255  # characters that the table takes


class SignInRefused(AuthPolicyError):  # type: ignore[misc]
    """The provider knows this person, and we don't let them in. The sentence is for them."""

    def __init__(self, backend: Any, sentence: str, *, reason: str, email: str = "") -> None:
        super().__init__(backend)
        self.sentence, self.reason_code, self.email = sentence, reason, email


class NoPasswords(ModelBackend):
    """Keeps the permissions that people have, and lets nobody in: for when local accounts are switched off."""

    def authenticate(self, request: Any, **_credentials: Any) -> None:  # type: ignore[override]
        return None


class OpenIDConnect(OpenIdConnectAuth):  # type: ignore[misc]
    """Any provider, by discovery. Always with PKCE, a state and a nonce."""

    DEFAULT_USE_PKCE = True
    _algorithm = ""  # of the token that is being checked
    says: dict[str, Any] = {}  # what it says, before anybody has checked that it says so

    def decode_and_validate_id_token(self, id_token: str, access_token: str) -> dict[str, Any]:
        """Remember what it claims to be, for the log alone, before it is refused."""
        with suppress(PyJWTError):
            self.says = jwt.decode(id_token, options={"verify_signature": False})
        claims: dict[str, Any] = super().decode_and_validate_id_token(id_token, access_token)
        return claims

    def find_valid_key(self, id_token: str) -> dict[str, Any] | None:
        """Take keys of every kind that is allowed, whatever the first kind is. Raises AuthResponseError."""
        header = jwt.get_unverified_header(id_token)
        self._algorithm = str(header.get("alg"))
        if self._algorithm not in self.setting("JWT_ALGORITHMS", self.JWT_ALGORITHMS):
            raise AuthResponseError(self, claim="alg", code="invalid_signature", stage="token_validation")
        found: dict[str, Any] | None = super().find_valid_key(id_token)
        if found is None and header.get("kid") not in [None, *(one.get("kid") for one in self.get_jwks_keys())]:
            raise AuthResponseError(self, claim="kid", code="invalid_signature", stage="token_validation")
        return found

    def get_jwks_keys(self) -> list[dict[str, Any]]:
        """The keys with which a token of this kind can be signed; one that does not say its kind is of the token's."""
        every = [{"alg": self._algorithm, **key} for key in super().get_jwks_keys()]
        kind = _KINDS_OF_KEYS.get(self._algorithm[:2])
        return [key for key in every if key.get("kty") == kind and key.get("use", "sig") == "sig"]

    def validate_userinfo_sub(self, userinfo: dict[str, Any] | None) -> dict[str, Any] | None:
        """Take over only what is said of the subject whom the signed token names; a subject must be there."""
        if not isinstance(userinfo, dict) or userinfo.get("sub") is None:
            raise AuthResponseError(self, claim="sub", code="missing_claim", stage="user_info")
        answer: dict[str, Any] | None = super().validate_userinfo_sub(userinfo)
        return answer

    def validate_temporal_claims(self, id_token: dict[str, Any]) -> None:
        """Judge the age alone: from when on it counts was judged as it was read, a minute's difference allowed."""
        super().validate_temporal_claims({name: value for name, value in id_token.items() if name != "nbf"})

    def get_user_id(self, details: Any, response: Any) -> str:
        return subject(self.id_token["iss"], super().get_user_id(details, response))

    def vouched_email(self, response: dict[str, Any]) -> str:
        """The e-mail that the provider says is verified, empty without one."""
        return verified_email(response) or verified_email(self.id_token or {}, unless=response)


class Google(OpenIDConnect):
    """Google knows consumer accounts with addresses of any domain: only a Workspace account is of its company."""

    name = "google"
    title = "Google"
    OIDC_ENDPOINT = "https://accounts.google.com"

    def vouched_email(self, response: dict[str, Any]) -> str:
        email = super().vouched_email(response)
        # The claim of the signed token, which names the Workspace; a consumer account has none.
        workspace = str((self.id_token or {}).get("hd") or "").lower()
        known = {*settings.GOOGLE_HOSTED_DOMAINS, *settings.ALLOWED_EMAIL_DOMAINS}
        if workspace and known and workspace not in known:
            text = _("Google accounts of %(workspace)s may not sign in here.") % {"workspace": workspace}
            raise SignInRefused(self, text, reason="workspace", email=email)
        is_own = email.lower().endswith("@gmail.com") and not settings.GOOGLE_HOSTED_DOMAINS
        if email and not workspace and not is_own:
            text = _("This is not an account of your company's Google Workspace. Choose that one.")
            raise SignInRefused(self, text, reason="workspace", email=email)
        return email


class GitHub(BaseOAuth2PKCE, GithubOAuth2):  # type: ignore[misc]
    """GitHub, or an Enterprise Server. An address on the public profile says nothing: it is whatever was typed."""

    title = "GitHub"

    def api_url(self) -> str:
        return str(self.setting("API_URL", self.API_URL))

    def get_scope(self) -> list[str]:
        return ["user:email", "read:org"] if settings.GITHUB_ORG else ["user:email"]

    def get_user_id(self, details: Any, response: Any) -> str:
        return subject(settings.GITHUB_URL, super().get_user_id(details, response))

    def user_data(self, access_token: str, *_args: Any, **_more: Any) -> dict[str, Any]:
        person = self._ask(access_token, "user", dict)
        emails = self._ask(access_token, "user/emails?per_page=100", list)
        if settings.GITHUB_ORG and not self._is_member(access_token, str(person.get("login"))):
            text = _("Your GitHub account is not in the organization or team that may sign in.")
            raise SignInRefused(self, text, reason="organization", email=primary_email(emails))
        return {**person, "email": primary_email(emails)}

    def vouched_email(self, response: dict[str, Any]) -> str:
        return str(response["email"])

    def _is_member(self, access_token: str, login: str) -> bool:
        """Ask for the membership itself: one that was only offered, or is hidden, is no list of members' to tell."""
        org, team = quote(settings.GITHUB_ORG, safe=""), quote(settings.GITHUB_TEAM, safe="")
        own = f"user/memberships/orgs/{org}"
        in_team = f"orgs/{org}/teams/{team}/memberships/{quote(login, safe='')}"
        try:
            membership = self._ask(access_token, in_team if team else own, dict)
        except AuthProviderError as error:
            if error.status_code in (403, 404):
                return False
            raise
        return bool(membership.get("state") == "active")

    def _ask(self, access_token: str, path: str, kind: type) -> Any:
        answer = self.get_json(self.api_url() + path, headers={"Authorization": f"Bearer {access_token}"})
        if not isinstance(answer, kind):
            raise AuthResponseError(self, code="malformed_response", stage="user_info")
        return answer


def subject(realm: str, name: object) -> str:
    """Who somebody is, at this provider and no other; empty, which is refused, when it does not say."""
    if name in (None, ""):
        return ""
    text = f"{realm} {name}"
    if not is_storable(text):
        # Nobody is named so; and written otherwise it could be somebody else's.
        return ""
    return text if len(text) <= LONGEST_SUBJECT else hashlib.sha256(text.encode()).hexdigest()


def verified_email(document: dict[str, Any], *, unless: dict[str, Any] | None = None) -> str:
    """Read the e-mail of a document that says itself that it is verified.

    The address and its mark come from one document, never one from each; and not when `unless` denies it.
    """
    if unless and "email_verified" in unless:
        return ""
    verified = document.get("email_verified") in (True, "true")
    if str(document.get("iss", "")).startswith(ENTRA):
        verified = verified or document.get("xms_edov") in (True, "true", "1")
    return str(document.get("email") or "") if verified else ""


def primary_email(emails: list[Any]) -> str:
    """Read the address that GitHub calls primary, if it has verified it; otherwise none."""
    for one in emails:
        if isinstance(one, dict) and one.get("primary") is True and one.get("verified") is True:
            return str(one.get("email") or "")
    return ""
