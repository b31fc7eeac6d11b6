"""System checks: a setting that can't be right is a sentence with a way out, before anything runs.

`manage.py check` and every command run them, and so does the web server when it starts. What only matters on a
production server is left to `manage.py check --deploy`.
"""

from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Tags, Warning, register
from django.db import DatabaseError

from access.models import Scope, Secret
from access.worker.watchdog import ASK
from integrations.secrets import SecretUnavailable
from portal import env, static_files

HOW_TO_MAKE_A_KEY: Final = "Make one: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
HOW_TO_MAKE_A_FERNET_KEY: Final = (
    "Make one: python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
)

FEWEST_PROCESSES: Final = 3
QUEUE_MUST_HAVE: Final[Mapping[str, object]] = {
    "orm": "default",
    "broker_class": "access.worker.queue.Broker",
    "ack_failures": True,
    "max_attempts": 1,
    "scheduler": False,
    # Each worker has a queue of its own name.
    "ALT_CLUSTERS": {},
}


@register
def environment(**_: Any) -> list[CheckMessage]:
    """Say what of the environment could not be read."""
    hint = "Correct the variable, or unset it to have the default."
    return [Error(problem, hint=hint, id="usher.E001") for problem in env.problems]


@register(Tags.security)
def keys(**_: Any) -> Iterator[CheckMessage]:
    if not settings.SECRET_KEY_IS_SET:
        text = "SECRET_KEY is not set, so each process makes its own: sign-ins and queued jobs do not outlive it."
        yield Warning(text, hint=HOW_TO_MAKE_A_KEY, id="usher.W001")
    for number, key in enumerate(settings.ENCRYPTION_KEYS, start=1):
        if not _is_fernet_key(key):
            text = f"Key number {number} of ENCRYPTION_KEYS is not 32 bytes in URL-safe base64."
            yield Error(text, hint=HOW_TO_MAKE_A_FERNET_KEY, id="usher.E003")


@register(Tags.security)
def addresses(**_: Any) -> Iterator[CheckMessage]:
    host = urlsplit(settings.BASE_URL).hostname or ""
    if not _is_allowed(host):
        hint = f"Add {host} to ALLOWED_HOSTS, or correct BASE_URL."
        yield Error("ALLOWED_HOSTS does not have the host of BASE_URL.", hint=hint, id="usher.E004")
    if urlsplit(settings.BASE_URL).path:
        text = "BASE_URL has a path, and the portal is served at the root of its host."
        hint = "Give it a host name of its own, such as https://usher.example.com."
        yield Error(text, hint=hint, id="usher.E033")
    outside = ("APTIBLE_AUTH_ROOT_URL", "APTIBLE_API_ROOT_URL", "PAGERDUTY_API_URL", "SLACK_API_URL")
    for name in (*outside, "OIDC_ENDPOINT", "GITHUB_URL", "SAML_SSO_URL"):
        if _is_open_to_readers(getattr(settings, name)):
            text = f"{name} is not https://, so passwords and tokens would travel in the clear."
            yield Error(text, hint="Use https://. Plain http:// is for this machine only.", id="usher.E005")


@register(Tags.security)
def demo(**_: Any) -> Iterator[CheckMessage]:
    """The demo signs people in without a password, so nobody from elsewhere may reach it."""
    if not settings.DEMO:
        return
    reachable = [host for host in settings.ALLOWED_HOSTS if not _is_loopback(host)]
    if reachable or not _is_loopback(urlsplit(settings.BASE_URL).hostname or ""):
        text = "DEMO is on, and the addresses are not of this machine only. It signs people in without a password."
        hint = "Unset DEMO, or leave BASE_URL and ALLOWED_HOSTS at 127.0.0.1 and localhost."
        yield Error(text, hint=hint, id="usher.E006")


@register
def token_scopes(**_: Any) -> Iterator[CheckMessage]:
    unknown = set(settings.PERSONAL_TOKEN_SCOPES) - set(Scope.values)
    if unknown:
        text = f"PERSONAL_TOKEN_SCOPES has what is no scope: {', '.join(sorted(unknown))}."
        yield Error(text, hint=f"Take some of: {', '.join(Scope.values)}; or none.", id="usher.E030")


@register
def time_limits(**_: Any) -> Iterator[CheckMessage]:
    """A job that may still run is never started again, nor is its target given to another worker."""
    # The last call that a job begins.
    longest_job = settings.LAST_CALL + settings.HTTP_TIMEOUT
    timeout, retry = settings.Q_CLUSTER["timeout"], settings.Q_CLUSTER["retry"]
    in_order = longest_job < timeout < retry <= settings.LEASE.total_seconds()
    if not (in_order and settings.CALL_WINDOW < settings.LAST_CALL):
        text = "The time limits are not in order: calls to Aptible < a job < its next try <= the lease of a target."
        hint = "Keep CALL_WINDOW < LAST_CALL, and LAST_CALL + HTTP_TIMEOUT < TASK_TIMEOUT < TASK_RETRY <= LEASE."
        yield Error(text, hint=hint, id="usher.E012")
    if settings.WATCHDOG_TIMEOUT <= ASK:
        text = f"WATCHDOG_TIMEOUT is too short: a heartbeat is asked for every {ASK:.0f} seconds."
        yield Error(text, hint=f"Set it to {ASK + 1:.0f} or more, or unset it.", id="usher.E013")


@register
def job_queue(**_: Any) -> Iterator[CheckMessage]:
    if settings.Q_CLUSTER["workers"] < FEWEST_PROCESSES:
        text = f"WORKERS is less than {FEWEST_PROCESSES}: heartbeats, people's access and syncs each need a process."
        yield Error(text, hint=f"Set it to {FEWEST_PROCESSES} or more, or unset it.", id="usher.E014")
    wrong = [name for name, value in QUEUE_MUST_HAVE.items() if settings.Q_CLUSTER.get(name) != value]
    if wrong:
        text = f"Q_CLUSTER has other values than the worker counts on: {', '.join(wrong)}."
        yield Error(text, hint="A row is due again by itself, so a task is tried once.", id="usher.E015")


@register(Tags.staticfiles)
def built_files(**_: Any) -> Iterator[CheckMessage]:
    """A warning, and no error: the command that builds them has to run."""
    if text := static_files.trouble():
        yield Warning(text, hint="Until then pages have no look of their own.", id="usher.W005")


@register
def mail(**_: Any) -> Iterator[CheckMessage]:
    if not settings.EMAIL_IS_SET:
        text = "EMAIL_URL is not set, so nobody is told by e-mail of what waits for them."
        hint = "Name a mail server, such as smtp+tls://host:587, with user:password@ before the host."
        yield Info(text, hint=hint, id="usher.I001")
    is_plain = bool(settings.EMAIL_HOST_PASSWORD) and not (settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL)
    if is_plain and not _is_loopback(settings.EMAIL_HOST):
        text = "EMAIL_URL has a password and no TLS, so the password travels in the clear."
        yield Error(text, hint="Use smtp+tls:// or smtp+ssl://.", id="usher.E016")


@register(Tags.security, deploy=True)
def production(**_: Any) -> Iterator[CheckMessage]:
    if not settings.SECRET_KEY_IS_SET and not (settings.DEBUG or settings.DEMO):
        yield Error("SECRET_KEY is not set.", hint=HOW_TO_MAKE_A_KEY, id="usher.E002")
    if _is_open_to_readers(settings.BASE_URL):
        text = "BASE_URL is not https://, so sign-ins would travel in the clear."
        yield Error(text, hint="End TLS in front of the web server, and set BASE_URL to https://.", id="usher.E009")
    if "*" in settings.ALLOWED_HOSTS:
        yield Error("ALLOWED_HOSTS allows every host.", hint="Name the hosts.", id="usher.E010")
    if settings.BASE_URL.startswith("https://") and not settings.TRUSTED_PROXIES:
        text = "TRUSTED_PROXIES is not set, so everybody comes from the address of whatever ends TLS."
        hint = "Say how many of your proxies add to X-Forwarded-For: the guessing of passwords is slowed by address."
        yield Warning(text, hint=hint, id="usher.W021")
    if not (settings.SETUP or settings.SETUP_SECOND_ADMIN):
        text = "One admin alone can change who approves and whose account is whose: SETUP is not files."
        hint = (
            "Keep the set-up in files, and set SETUP=files: then a pull request is the second pair of eyes."
            " Or set SETUP_SECOND_ADMIN=1: then another admin confirms each change."
        )
        yield Warning(text, hint=hint, id="usher.W020")
    if settings.SETUP_SECOND_ADMIN and not settings.ENCRYPTION_KEYS:
        text = "SETUP_SECOND_ADMIN is on and ENCRYPTION_KEYS is empty, so nothing can be proposed."
        yield Error(text, hint=HOW_TO_MAKE_A_FERNET_KEY, id="usher.E037")
    if not settings.ENCRYPTION_KEYS:
        text = "ENCRYPTION_KEYS is empty, so secrets can come from variables and files, and none can be stored."
        yield Warning(text, hint=HOW_TO_MAKE_A_FERNET_KEY, id="usher.W003")


@register(Tags.database)
def stored_secrets(databases: Any = None, **_: Any) -> Iterator[CheckMessage]:
    """Open each stored secret: `manage.py check --database default`, for instance after a backup was restored."""
    if not databases:
        return
    try:
        stored = list(Secret.objects.filter(source=Secret.Source.STORED).exclude(sealed=""))
    except DatabaseError:
        # Before the first migration there is no table, and no secret.
        return
    for secret in stored:
        try:
            secret.value()
        except SecretUnavailable as error:
            hint = "Put the key it was stored with back into ENCRYPTION_KEYS, or store the secret anew."
            yield Error(f"The secret {secret.name} can't be opened. {error.summary}", hint=hint, id="usher.E011")


def _is_fernet_key(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True


def _is_allowed(host: str) -> bool:
    patterns = [pattern.lower().strip("[]") for pattern in settings.ALLOWED_HOSTS]
    return any(
        pattern in ("*", host) or (pattern.startswith(".") and f".{host}".endswith(pattern)) for pattern in patterns
    )


def _is_open_to_readers(url: str) -> bool:
    return url.startswith("http://") and not _is_loopback(urlsplit(url).hostname or "")


def _is_loopback(host: str) -> bool:
    name = host.strip("[]").lower()
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
