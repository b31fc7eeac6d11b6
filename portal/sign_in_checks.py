"""System checks of signing in: a provider that is set up by half, and a portal that lets in nobody, or everybody."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

BELONG_TOGETHER: Final[Mapping[str, Sequence[str]]] = {
    "oidc": ("OIDC_ENDPOINT", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"),
    "google": ("GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"),
    "github": ("GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET"),
}


@register(Tags.security)
def providers(**_: Any) -> Iterator[CheckMessage]:
    for names in BELONG_TOGETHER.values():
        values = [getattr(settings, name) for name in names]
        if any(values) and not all(values):
            text = f"{_listed(names)} belong together, and some are missing."
            yield Error(text, hint="Set all of them, or none.", id="usher.E007")
    if settings.GITHUB_TEAM and not settings.GITHUB_ORG:
        text = "GITHUB_TEAM is set without GITHUB_ORG, so nobody knows whose team it is, and it limits nothing."
        yield Error(text, hint="Name the organization of the team in GITHUB_ORG.", id="usher.E020")


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
    if not settings.LOCAL_ACCOUNTS and not any(_is_set(name) for name in BELONG_TOGETHER):
        text = "LOCAL_ACCOUNTS is off and no sign-in provider is set up, so nobody can sign in."
        yield Error(text, hint="Set a provider up, or unset LOCAL_ACCOUNTS.", id="usher.E022")


def _is_set(provider: str) -> bool:
    return all(getattr(settings, name) for name in BELONG_TOGETHER[provider])


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"
