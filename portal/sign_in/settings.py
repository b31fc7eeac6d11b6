"""The settings of signing in: with a password, and with a provider. `portal/settings.py` takes all of them over."""

from datetime import timedelta
from importlib.util import find_spec

from portal import env

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# Off: no password signs anybody in, nobody can set one, and sessions that began with one end.
# With `passkey`, a password alone lets nobody in: a passkey is asked for, and registered where there is none.
LOCAL_ACCOUNTS_NEED_PASSKEY = env.text("LOCAL_ACCOUNTS").lower() == "passkey"
LOCAL_ACCOUNTS = LOCAL_ACCOUNTS_NEED_PASSKEY or env.flag("LOCAL_ACCOUNTS", True)
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend" if LOCAL_ACCOUNTS else "portal.sign_in.providers.NoPasswords"
]
SESSION_ENGINE = "portal.sign_in.sessions"  # Django's own, but for how one is read
# A new passkey signs approvals and changes of the set-up after so many hours, or once another admin confirms it.
PASSKEY_WAIT = timedelta(hours=env.number("PASSKEY_WAIT_HOURS", 24))
# Whether changes of what decides who gets in ask an admin for a passkey.
SETUP_PASSKEY = env.flag("SETUP_PASSKEY")

# How many proxies of ours stand in front, each adding to X-Forwarded-For: failed sign-ins are counted by address.
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", 0)

# --- Providers: each is offered once its values are there. Whom they let in is in login.py. ------------------------
ALLOWED_EMAIL_DOMAINS = [name.lower().removeprefix("@") for name in env.names("ALLOWED_EMAIL_DOMAINS")]

OIDC_ENDPOINT = env.root_url("OIDC_ENDPOINT", "") if env.text("OIDC_ENDPOINT") else ""
OIDC_CLIENT_ID = env.text("OIDC_CLIENT_ID")
OIDC_CLIENT_SECRET = env.text("OIDC_CLIENT_SECRET")
OIDC_NAME = env.text("OIDC_NAME", "single sign-on")
SOCIAL_AUTH_OIDC_OIDC_ENDPOINT = OIDC_ENDPOINT
SOCIAL_AUTH_OIDC_KEY = OIDC_CLIENT_ID
SOCIAL_AUTH_OIDC_SECRET = OIDC_CLIENT_SECRET
# Public keys only: who knows the client secret could otherwise sign as the provider.
SOCIAL_AUTH_OIDC_JWT_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "ES512", "EdDSA"]
# The claim, or the attribute, that names the groups of whoever signs in.
OIDC_GROUPS_CLAIM = env.text("OIDC_GROUPS_CLAIM")
SAML_GROUPS_ATTRIBUTE = env.text("SAML_GROUPS_ATTRIBUTE")

GOOGLE_CLIENT_ID = env.text("GOOGLE_CLIENT_ID")
GOOGLE_CLIENT_SECRET = env.text("GOOGLE_CLIENT_SECRET")
GOOGLE_HOSTED_DOMAINS = [name.lower() for name in env.names("GOOGLE_HOSTED_DOMAINS")]
SOCIAL_AUTH_GOOGLE_KEY = GOOGLE_CLIENT_ID
SOCIAL_AUTH_GOOGLE_SECRET = GOOGLE_CLIENT_SECRET
SOCIAL_AUTH_GOOGLE_PROMPT = "select_account"

GITHUB_CLIENT_ID = env.text("GITHUB_CLIENT_ID")
GITHUB_CLIENT_SECRET = env.text("GITHUB_CLIENT_SECRET")
GITHUB_ORG = env.text("GITHUB_ORG")
GITHUB_TEAM = env.text("GITHUB_TEAM")
GITHUB_URL = env.root_url("GITHUB_URL", "https://github.com")
SOCIAL_AUTH_GITHUB_KEY = GITHUB_CLIENT_ID
SOCIAL_AUTH_GITHUB_SECRET = GITHUB_CLIENT_SECRET
SOCIAL_AUTH_GITHUB_AUTHORIZATION_URL = f"{GITHUB_URL}/login/oauth/authorize"
SOCIAL_AUTH_GITHUB_ACCESS_TOKEN_URL = f"{GITHUB_URL}/login/oauth/access_token"
SOCIAL_AUTH_GITHUB_API_URL = (
    "https://api.github.com/" if GITHUB_URL == "https://github.com" else f"{GITHUB_URL}/api/v3/"
)

SAML_ENTITY_ID = env.text("SAML_ENTITY_ID")
SAML_SSO_URL = env.text("SAML_SSO_URL")  # some have a query
SAML_NAME = env.text("SAML_NAME", "SAML")
# One, or while the provider changes its key, several after each other.
SAML_CERTIFICATE = env.text("SAML_CERTIFICATE")
SAML_SP_ENTITY_ID = env.text("SAML_SP_ENTITY_ID")
SAML_SP_CERTIFICATE = env.text("SAML_SP_CERTIFICATE")
SAML_SP_KEY = env.text("SAML_SP_KEY")
SAML_EMAIL_ATTRIBUTE = env.text("SAML_EMAIL_ATTRIBUTE")
SAML_NAME_ATTRIBUTE = env.text("SAML_NAME_ATTRIBUTE")
SAML_SUBJECT_ATTRIBUTE = env.text("SAML_SUBJECT_ATTRIBUTE")
# How the provider is asked to name people. Where an attribute names them, that is no concern of ours.
SAML_NAME_ID_FORMAT = env.text("SAML_NAME_ID_FORMAT", "unspecified" if SAML_SUBJECT_ATTRIBUTE else "persistent")
# Its toolkit needs a C library, so it is an extra that not everybody installs.
SAML_IS_INSTALLED = find_spec("onelogin") is not None
SOCIAL_AUTH_SAML_ENABLED_IDPS = {
    "saml": {
        "entity_id": SAML_ENTITY_ID,
        "url": SAML_SSO_URL,
        "x509certMulti": {"signing": env.certificates(SAML_CERTIFICATE)},
        "attr_user_permanent_id": SAML_SUBJECT_ATTRIBUTE or "name_id",
        **({"attr_full_name": SAML_NAME_ATTRIBUTE} if SAML_NAME_ATTRIBUTE else {}),
    }
}

# The name of each that is offered, and what its button says.
SIGN_IN_WITH: dict[str, str] = {}
# A browser holds the form on the sign-in page to this through every redirect, up to the provider's last page.
# Providers of companies lead on to others, whose addresses nobody knows beforehand.
_leads_to: list[str] = []


def _origin(address: str) -> str:
    return "/".join(address.split("/")[:3])


if OIDC_ENDPOINT and OIDC_CLIENT_ID and OIDC_CLIENT_SECRET:
    AUTHENTICATION_BACKENDS.append("portal.sign_in.providers.OpenIDConnect")
    SIGN_IN_WITH["oidc"] = OIDC_NAME
    _leads_to += ["https:", _origin(OIDC_ENDPOINT)]
if GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET:
    AUTHENTICATION_BACKENDS.append("portal.sign_in.providers.Google")
    SIGN_IN_WITH["google"] = "Google"
    _leads_to.append("https://accounts.google.com")
if GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET:
    AUTHENTICATION_BACKENDS.append("portal.sign_in.providers.GitHub")
    SIGN_IN_WITH["github"] = "GitHub"
    _leads_to.append(_origin(GITHUB_URL))
if SAML_IS_INSTALLED and SAML_ENTITY_ID and SAML_SSO_URL and SAML_CERTIFICATE:
    AUTHENTICATION_BACKENDS.append("portal.sign_in.saml.SAML")
    SIGN_IN_WITH["saml"] = SAML_NAME
    _leads_to += ["https:", _origin(SAML_SSO_URL)]
LOGIN_CSP_EXTRA = {"form-action": sorted(set(_leads_to))} if _leads_to else {}

SOCIAL_AUTH_STRATEGY = "portal.sign_in.strategy.Strategy"
SOCIAL_AUTH_REQUESTS_TIMEOUT = 10  # seconds
# By how much the clocks of a provider and of this machine may differ, either way.
SOCIAL_AUTH_JWT_LEEWAY = 60  # seconds
SOCIAL_AUTH_LOGIN_ERROR_URL = LOGIN_URL
SOCIAL_AUTH_RAISE_EXCEPTIONS = False
# No step writes extra_data: that is where the provider's tokens would be kept.
SOCIAL_AUTH_PIPELINE = [
    "social_core.pipeline.social_auth.social_details",
    "social_core.pipeline.social_auth.social_uid",
    "portal.sign_in.trial.show",
    "portal.sign_in.emails.check_email",
    "social_core.pipeline.social_auth.social_user",
    "portal.sign_in.login.find_person",
    "portal.sign_in.follow.follow",
]
