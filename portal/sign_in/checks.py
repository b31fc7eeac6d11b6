"""System checks of signing in: a provider that is set up by half, and a portal that lets in nobody, or everybody."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_der_x509_certificate, load_pem_x509_certificate
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from portal import env, passkeys

BELONG_TOGETHER: Final[Mapping[str, Sequence[str]]] = {
    "oidc": ("OIDC_ENDPOINT", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"),
    "google": ("GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"),
    "github": ("GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET"),
    "saml": ("SAML_ENTITY_ID", "SAML_SSO_URL", "SAML_CERTIFICATE"),
}
OUR_SAML_KEY: Final = ("SAML_SP_CERTIFICATE", "SAML_SP_KEY")


@register(Tags.security)
def providers(**_: Any) -> Iterator[CheckMessage]:
    for names in (*BELONG_TOGETHER.values(), OUR_SAML_KEY):
        values = [getattr(settings, name) for name in names]
        if any(values) and not all(values):
            text = f"{_listed(names)} belong together, and some are missing."
            yield Error(text, hint="Set all of them, or none.", id="usher.E007")
    if settings.GITHUB_TEAM and not settings.GITHUB_ORG:
        text = "GITHUB_TEAM is set without GITHUB_ORG, so nobody knows whose team it is, and it limits nothing."
        yield Error(text, hint="Name the organization of the team in GITHUB_ORG.", id="usher.E020")


@register(Tags.security)
def saml(**_: Any) -> Iterator[CheckMessage]:
    if not all(getattr(settings, name) for name in BELONG_TOGETHER["saml"]):
        return
    if not settings.SAML_IS_INSTALLED:
        text = "SAML is set up, and the package for it is not installed, so it is not offered."
        yield Error(text, hint="Install it: pip install 'social-auth-core[saml]'.", id="usher.E023")
    if not settings.ALLOWED_EMAIL_DOMAINS:
        text = "ALLOWED_EMAIL_DOMAINS is empty, so nothing that the SAML provider says of an e-mail is believed."
        yield Error(text, hint="Name the domains that the provider answers for, such as example.com.", id="usher.E024")
    wrong = [name for name, is_right in _saml_values() if not is_right]
    if wrong:
        text = f"What can't be read: {', '.join(wrong)}."
        hint = "An address starts with https://. Certificates and the key are PEM; a file is named by NAME_FILE."
        yield Error(text, hint=hint, id="usher.E025")


def _saml_values() -> Iterator[tuple[str, bool]]:
    parts = urlsplit(settings.SAML_SSO_URL)
    yield "SAML_SSO_URL", parts.scheme in ("https", "http") and bool(parts.netloc)
    yield "SAML_CERTIFICATE", all(map(_is_certificate, env.certificates(settings.SAML_CERTIFICATE)))
    yield "SAML_NAME_ID_FORMAT", settings.SAML_NAME_ID_FORMAT in ("persistent", "unspecified", "emailAddress")
    yield "SAML_SP_CERTIFICATE", all(map(_is_certificate, env.certificates(settings.SAML_SP_CERTIFICATE)))
    yield "SAML_SP_KEY", not settings.SAML_SP_KEY or _is_key(settings.SAML_SP_KEY)


def _is_certificate(text: str) -> bool:
    try:
        if text.startswith("-----"):
            load_pem_x509_certificate(text.encode())
        else:
            load_der_x509_certificate(base64.b64decode(text))
    except ValueError:
        return False
    return True


def _is_key(text: str) -> bool:
    try:
        load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return True


@register(Tags.security)
def domains(**_: Any) -> Iterator[CheckMessage]:
    hint = "Name your domains, such as example.com."
    if _is_set("oidc") and not settings.ALLOWED_EMAIL_DOMAINS:
        text = "ALLOWED_EMAIL_DOMAINS is empty: whomever the sign-in provider knows gets an account here."
        yield Warning(text, hint=hint, id="usher.W002")
    if any("@" in domain or "." not in domain for domain in settings.ALLOWED_EMAIL_DOMAINS):
        text = "ALLOWED_EMAIL_DOMAINS has a part that is no domain."
        yield Error(text, hint="Separate domains by commas, such as example.com,example.org.", id="usher.E008")
    if settings.ALLOWED_EMAIL_DOMAINS:
        return
    if _is_set("google") and not settings.GOOGLE_HOSTED_DOMAINS:
        text = "ALLOWED_EMAIL_DOMAINS and GOOGLE_HOSTED_DOMAINS are empty: everybody in the world has a Google account."
        yield Error(text, hint=hint, id="usher.E021")
    if _is_set("github") and not settings.GITHUB_ORG:
        text = "ALLOWED_EMAIL_DOMAINS and GITHUB_ORG are empty: everybody in the world has a GitHub account."
        yield Error(text, hint=hint, id="usher.E021")


@register(Tags.security)
def somebody_can_sign_in(**_: Any) -> Iterator[CheckMessage]:
    if not settings.LOCAL_ACCOUNTS and not any(_is_set(name) for name in BELONG_TOGETHER if _is_there(name)):
        text = "LOCAL_ACCOUNTS is off and no sign-in provider is set up, so nobody can sign in."
        yield Error(text, hint="Set a provider up, or unset LOCAL_ACCOUNTS.", id="usher.E022")


@register(Tags.security)
def passkeys_can_be_made(**_: Any) -> Iterator[CheckMessage]:
    """Browsers make passkeys for a name with TLS alone, or on this machine."""
    if not (settings.LOCAL_ACCOUNTS_NEED_PASSKEY or settings.SETUP_PASSKEY):
        return
    found = passkeys.site()
    if found.id != "localhost" and (not found.origin.startswith("https://") or not _is_name(found.id)):
        text = (
            f"Passkeys are demanded, and no browser makes any for {settings.BASE_URL}: it has to be https and a name."
        )
        yield Error(text, hint="Set BASE_URL, such as https://usher.example.com.", id="usher.E056")


def _is_name(host: str) -> bool:
    return not host.replace(".", "").isdigit() and ":" not in host


def _is_set(provider: str) -> bool:
    return all(getattr(settings, name) for name in BELONG_TOGETHER[provider])


def _is_there(provider: str) -> bool:
    return provider != "saml" or settings.SAML_IS_INSTALLED


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"
