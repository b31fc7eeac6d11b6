"""The sign-in providers: who says who somebody is, and which of what they say can be relied on.

Each names the e-mail that it vouches for, and a subject that is unique beyond the provider: two providers, or two
installations of one, may number their people alike.
"""

import hashlib
from typing import Any, Final
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.utils.translation import gettext as _
from social_core.backends.github import GithubOAuth2
from social_core.backends.oauth import BaseOAuth2PKCE
from social_core.backends.open_id_connect import OpenIdConnectAuth
from social_core.exceptions import AuthPolicyError, AuthProviderError, AuthResponseError

from integrations.storable import is_storable

# Microsoft says nothing about single addresses, but whether the domain belongs to the tenant.
ENTRA: Final = "https://login.microsoftonline.com/"
LONGEST_SUBJECT: Final = 255  # characters that the table takes


class SignInRefused(AuthPolicyError):  # type: ignore[misc]
    """The provider knows this person, and we don't let them in. The sentence is for them."""

    def __init__(self, backend: Any, sentence: str) -> None:
        super().__init__(backend)
        self.sentence = sentence


class NoPasswords(ModelBackend):
    """Keeps the permissions that people have, and lets nobody in: for when local accounts are switched off."""

    def authenticate(self, request: Any, **_credentials: Any) -> None:  # type: ignore[override]
        return None


class OpenIDConnect(OpenIdConnectAuth):  # type: ignore[misc]
    """Any provider, by discovery. Always with PKCE, a state and a nonce."""

    DEFAULT_USE_PKCE = True

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
            raise SignInRefused(self, text)
        is_own = email.lower().endswith("@gmail.com") and not settings.GOOGLE_HOSTED_DOMAINS
        if email and not workspace and not is_own:
            raise SignInRefused(self, _("This is not an account of your company's Google Workspace. Choose that one."))
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
            raise SignInRefused(self, _("Your GitHub account is not in the organization or team that may sign in."))
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
