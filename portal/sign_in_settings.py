"""The settings of signing in: with a password, and with a provider. `portal/settings.py` takes all of them over."""

from portal import env

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]

# How many proxies of ours stand in front, each adding to X-Forwarded-For: failed sign-ins are counted by address.
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", 0)

# OpenID Connect: offered once all three values are there. What it lets in is in login.py.
OIDC_ENDPOINT = env.root_url("OIDC_ENDPOINT", "") if env.text("OIDC_ENDPOINT") else ""
OIDC_CLIENT_ID = env.text("OIDC_CLIENT_ID")
OIDC_CLIENT_SECRET = env.text("OIDC_CLIENT_SECRET")
OIDC_IS_SET = bool(OIDC_ENDPOINT and OIDC_CLIENT_ID and OIDC_CLIENT_SECRET)
ALLOWED_EMAIL_DOMAINS = [name.lower().removeprefix("@") for name in env.names("ALLOWED_EMAIL_DOMAINS")]
if OIDC_IS_SET:
    AUTHENTICATION_BACKENDS.append("social_core.backends.open_id_connect.OpenIdConnectAuth")
SOCIAL_AUTH_OIDC_OIDC_ENDPOINT = OIDC_ENDPOINT
SOCIAL_AUTH_OIDC_KEY = OIDC_CLIENT_ID
SOCIAL_AUTH_OIDC_SECRET = OIDC_CLIENT_SECRET
SOCIAL_AUTH_OIDC_USE_PKCE = True
SOCIAL_AUTH_REQUESTS_TIMEOUT = 10  # seconds
SOCIAL_AUTH_LOGIN_ERROR_URL = LOGIN_URL
SOCIAL_AUTH_RAISE_EXCEPTIONS = False
# No step writes extra_data: that is where the provider's tokens would be kept.
SOCIAL_AUTH_PIPELINE = [
    "social_core.pipeline.social_auth.social_details",
    "social_core.pipeline.social_auth.social_uid",
    "portal.login.check_claims",
    "social_core.pipeline.social_auth.social_user",
    "portal.login.find_person",
    "social_core.pipeline.social_auth.associate_user",
]

# A browser holds the form on the sign-in page to this through every redirect, up to the provider's last page.
LOGIN_CSP_EXTRA = {"form-action": ["https:", "/".join(OIDC_ENDPOINT.split("/")[:3])]} if OIDC_IS_SET else {}
