"""An OpenID Connect provider on this machine that lets anybody in, for tests."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import requests
from social_core.backends import utils

with warnings.catch_warnings():
    # The provider uses parts of its library that are to go, and that library insists on being heard.
    import authlib.deprecate

    warnings.simplefilter("ignore", authlib.deprecate.AuthlibDeprecationWarning)
    import oidc_provider_mock

# Goes into pytest.mark.filterwarnings: the provider's threads run in the process of the tests.
OLD_WAYS = "ignore:get_jwt_config:DeprecationWarning"


@contextmanager
def running() -> Iterator[str]:
    """Run a provider; its address."""
    with oidc_provider_mock.run_server_in_thread() as server:
        yield f"http://localhost:{server.server_port}"


def tell(address: str, subject: str, **claims: object) -> None:
    """Tell the provider who somebody is."""
    requests.put(f"{address}/users/{subject}", json=claims, timeout=5).raise_for_status()


def configure(settings, monkeypatch, address: str) -> None:
    """Set the portal up as the environment would."""
    monkeypatch.setattr(utils, "BACKENDSCACHE", {})
    settings.SIGN_IN_WITH = {"oidc": "single sign-on"}
    settings.AUTHENTICATION_BACKENDS = [
        "django.contrib.auth.backends.ModelBackend",
        "portal.sign_in.providers.OpenIDConnect",
    ]
    settings.SOCIAL_AUTH_OIDC_OIDC_ENDPOINT = address
    settings.SOCIAL_AUTH_OIDC_KEY = "usher"
    settings.SOCIAL_AUTH_OIDC_SECRET = "hush"
    settings.ALLOWED_EMAIL_DOMAINS = ["example.com"]
    settings.LOGIN_CSP_EXTRA = {"form-action": ["https:", address]}
