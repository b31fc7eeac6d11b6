"""The ways to sign in with a provider, each with the same handle: who somebody is there, and all the way through."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from django.urls import reverse
from social_core.backends import utils

from access.models import User
from tests.portal.sign_in.stand_in import CLIENT_SECRET, StandIn

CLASSES = {"oidc": "OpenIDConnect", "google": "Google", "github": "GitHub"}


def configure(settings: Any, monkeypatch: Any, provider: StandIn) -> None:
    """Set the portal up as the environment would, with every way at once."""
    monkeypatch.setattr(utils, "BACKENDSCACHE", {})
    settings.SIGN_IN_WITH = {"oidc": "single sign-on", "google": "Google", "github": "GitHub"}
    ours = [f"portal.sign_in.providers.{name}" for name in CLASSES.values()]
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend", *ours]
    settings.ALLOWED_EMAIL_DOMAINS = ["example.com"]
    for name in ("OIDC", "GOOGLE", "GITHUB"):
        setattr(settings, f"SOCIAL_AUTH_{name}_KEY", "usher")
        setattr(settings, f"SOCIAL_AUTH_{name}_SECRET", CLIENT_SECRET)
    settings.SOCIAL_AUTH_OIDC_OIDC_ENDPOINT = settings.SOCIAL_AUTH_GOOGLE_OIDC_ENDPOINT = provider.address
    settings.GITHUB_URL = provider.address
    settings.SOCIAL_AUTH_GITHUB_AUTHORIZATION_URL = f"{provider.address}/login/oauth/authorize"
    settings.SOCIAL_AUTH_GITHUB_ACCESS_TOKEN_URL = f"{provider.address}/login/oauth/access_token"
    settings.SOCIAL_AUTH_GITHUB_API_URL = f"{provider.address}/api/v3/"


@dataclass
class Way:
    name: str
    provider: StandIn
    client: Any

    def knows(self, subject: int, email: str, *, verified: bool = True, name: str = "Nina Berg") -> None:
        """Let the provider say this of whoever signs in next."""
        claims = {"sub": str(subject), "email": email, "email_verified": verified, "name": name}
        workspace = {"hd": "example.com"} if self.name == "google" else {}
        self.provider.signed = {"sub": str(subject), **workspace}
        self.provider.userinfo = claims
        self.provider.github = {
            "user": {"id": subject, "login": "somebody", "name": name, "email": "profile@example.com"},
            "user/emails": [
                {"email": "second@example.com", "primary": False, "verified": True},
                {"email": email, "primary": True, "verified": verified},
            ],
        }

    def back(self, onward: str = "/ask/") -> str:
        """Begin, let the provider agree, and return the address that it leads back to."""
        begun = self.client.post(reverse("social:begin", args=[self.name]), {"next": onward})
        assert begun.status_code == 302
        agreed = requests.get(begun["Location"], allow_redirects=False, timeout=5)
        parts = urlsplit(agreed.headers["Location"])
        return f"{parts.path}?{parts.query}"

    def sign_in(self) -> Any:
        return self.client.get(self.back())


def person_in(client: Any) -> User | None:
    return User.objects.filter(pk=client.session.get("_auth_user_id")).first()


def refusal(client: Any, answer: Any) -> str:
    """The sentence on the sign-in page that a refused sign-in leads to."""
    assert (answer.status_code, answer["Location"]) == (302, reverse("login"))
    assert person_in(client) is None
    return " ".join(str(message) for message in client.get(answer["Location"]).context["messages"])
