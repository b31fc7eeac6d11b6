"""System checks of single values that could be read, and can't work as they are."""

import difflib
import os
import re
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any, Final

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from portal import env

SHORTEST_KEY: Final = 32  # characters
SHORTEST_TOKEN: Final = 16
MOST_PROCESSES: Final = 64
# What gunicorn can listen at: a host or none and a port, an address (then at port 8000), a socket's path, a descriptor.
BOUND: Final = re.compile(
    r"(\[[0-9a-fA-F:.]+\]|[\w.-]*):(?P<port>\d{1,5})|\[[0-9a-fA-F:.]+\]|[\d.]+\.\d+|localhost|unix:.+|fd://\d+",
    re.ASCII,
)
LAST_PORT: Final = 65535
# How alike a name has to be to one of ours to be taken for a slip.
ALIKE: Final = 0.88
HOW_TO_MAKE_ONE: Final = "Make one: python -c 'import secrets; print(secrets.token_urlsafe(48))'"


@register(Tags.security)
def secrets_are_long(**_: Any) -> Iterator[CheckMessage]:
    if settings.SECRET_KEY_IS_SET and not settings.DEBUG and len(settings.SECRET_KEY) < SHORTEST_KEY:
        text = f"SECRET_KEY has fewer than {SHORTEST_KEY} characters, so what it signs can be forged."
        yield Error(text, hint=HOW_TO_MAKE_ONE, id="usher.E050")
    if settings.METRICS_TOKEN and len(settings.METRICS_TOKEN) < SHORTEST_TOKEN:
        text = f"METRICS_TOKEN has fewer than {SHORTEST_TOKEN} characters, so it can be guessed."
        yield Error(text, hint=HOW_TO_MAKE_ONE, id="usher.E051")


@register(Tags.security)
def debugging(**_: Any) -> Iterator[CheckMessage]:
    if settings.DEBUG and settings.BASE_URL.startswith("https://"):
        text = "DEBUG is on at an https:// address: its error pages show settings and data to whoever opens them."
        yield Error(text, hint="Unset DEBUG.", id="usher.E052")


@register
def error_reports(**_: Any) -> Iterator[CheckMessage]:
    if settings.SENTRY_DSN and not find_spec("sentry_sdk"):
        text = "SENTRY_DSN is set, and the library that speaks to Sentry is not installed: nobody is told what breaks."
        hint = "pip install --require-hashes -r requirements-sentry.txt, or unset it."
        yield Error(text, hint=hint, id="usher.E059")


@register(Tags.security)
def host_names(**_: Any) -> Iterator[CheckMessage]:
    wrong = [host for host in settings.ALLOWED_HOSTS if "/" in host or (":" in host and not host.startswith("["))]
    if wrong:
        text = f"ALLOWED_HOSTS has what is no host name: {', '.join(wrong)}."
        yield Error(
            text, hint="Name hosts alone, such as usher.example.com, without https:// and port.", id="usher.E053"
        )


@register
def processes(**_: Any) -> Iterator[CheckMessage]:
    if settings.Q_CLUSTER["workers"] > MOST_PROCESSES:
        text = f"WORKERS is more than {MOST_PROCESSES}: each is a process with a connection to the database of its own."
        yield Error(text, hint="Four do for most; start a second worker elsewhere for more.", id="usher.E054")


@register
def bound(**_: Any) -> Iterator[CheckMessage]:
    """The web server alone reads it, and ends at once where it can't."""
    for one in env.text("BIND", "").split(","):
        found = BOUND.fullmatch(one.strip())
        if one and not (found and int(found["port"] or 0) <= LAST_PORT):
            text = "BIND names nothing that the web server can listen at."
            yield Error(text, hint="Write host:port, such as 0.0.0.0:8000, or unix:/run/usher.sock.", id="usher.E062")


@register
def slips(**_: Any) -> list[CheckMessage]:
    return [Warning(text, hint="Rename it, or unset it.", id="usher.W006") for text in misspelt(os.environ)]


@register(deploy=True)
def slips_in_production(**_: Any) -> list[CheckMessage]:
    return [Error(text, hint="Rename it, or unset it.", id="usher.E055") for text in misspelt(os.environ)]


def misspelt(given: Any) -> Iterator[str]:
    """Name each variable that is none of ours and nearly is, unless the one that it resembles is set as well."""
    ours = sorted({*env.asked, *(f"{name}_FILE" for name in env.asked)})
    for name in sorted(set(given) - set(ours)):
        close = difflib.get_close_matches(name, ours, n=1, cutoff=ALIKE)
        if close and close[0] not in given:
            yield f"{name} is set, which is no setting. {close[0]} is one."
