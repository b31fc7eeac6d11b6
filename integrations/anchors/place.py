"""Keep one anchor at an address: a folder, a mailbox, a webhook, or an S3 bucket with object lock."""

import os
import smtplib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from integrations.base import NeedsAttention, ProviderUnavailable
from integrations.webhooks.sender import WebhookSender

KINDS: Final = ("file", "mailto", "https", "http", "s3")
TIMEOUT: Final = 10  # seconds
# Where the address names no other time: six years, as HIPAA asks of documentation (45 CFR 164.316(b)(2)(i)).
LOCKED_DAYS: Final = 2192


def kind_of(address: str) -> str:
    """The kind of place that an address names; nothing when it names none."""
    parts = urlsplit(address)
    named = parts.netloc if parts.scheme in ("https", "http", "s3") else parts.path
    return parts.scheme if parts.scheme in KINDS and named else ""


def put(address: str, name: str, body: bytes, *, networks: Iterable[str]) -> None:
    """Keep `body` there under this name. Raises NeedsAttention and ProviderUnavailable."""
    match kind_of(address):
        case "file":
            _into_folder(Path(unquote(urlsplit(address).path)), name, body)
        case "mailto":
            _by_mail(unquote(urlsplit(address).path), name, body)
        case "s3":
            _into_bucket(address, name, body)
        case "https" | "http":
            _to_webhook(address, body, networks)
        case _:
            raise NeedsAttention(_("This is no place for anchors: file:///…, mailto:…, https://… or s3://…."))


def _into_folder(folder: Path, name: str, body: bytes) -> None:
    """A new file each time, never one that is there, so that the folder can be one that only grows."""
    try:
        handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o444)
        with os.fdopen(handle, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(handle)
    except OSError as error:
        text = _("The anchor can't be written: %(why)s.")
        raise NeedsAttention(text % {"why": error.strerror or type(error).__name__}) from None


def _by_mail(to: str, name: str, body: bytes) -> None:
    text = _("This is the signed end of Usher's audit log. Keep it: the log can be verified against it later.")
    mail = EmailMessage(name.removesuffix(".json"), text, to=[to], headers={"Auto-Submitted": "auto-generated"})
    mail.attach(name, body.decode(), "application/json")
    try:
        mail.send()
    except (smtplib.SMTPException, OSError, ValueError):
        raise ProviderUnavailable(_("The mail server did not take the anchor.")) from None


def _to_webhook(address: str, body: bytes, networks: Iterable[str]) -> None:
    sender = WebhookSender(networks=networks)
    try:
        answer = sender.post(address, body=body, headers={"Content-Type": "application/json"})
    finally:
        sender.close()
    if not answer.ok:
        raise ProviderUnavailable(_("It answered with HTTP %(status)d.") % {"status": answer.status})


def _into_bucket(address: str, name: str, body: bytes) -> None:
    """`s3://bucket/prefix?days=2192&endpoint=https://…`; as whom is AWS's own usual configuration.

    Object lock in compliance mode: nobody deletes it before, the owner of the bucket included.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
    """
    try:
        import boto3
        import botocore.config
        import botocore.exceptions
    except ImportError:
        raise NeedsAttention(_("boto3 is not installed, so S3 cannot be asked: install usher[aws].")) from None
    parts = urlsplit(address)
    asked = {key: values[0] for key, values in parse_qs(parts.query).items()}
    until = datetime.now(UTC) + timedelta(days=int(asked.get("days", LOCKED_DAYS)))
    config = botocore.config.Config(connect_timeout=TIMEOUT, read_timeout=TIMEOUT, retries={"total_max_attempts": 1})
    key = "/".join(filter(None, [parts.path.strip("/"), name]))
    lock: dict[str, Any] = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until}
    try:
        client = boto3.client("s3", endpoint_url=asked.get("endpoint"), config=config)
        client.put_object(Bucket=parts.netloc, Key=key, Body=body, ChecksumAlgorithm="SHA256", **lock)
    except botocore.exceptions.ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", "unknown"))[:60]
        raise NeedsAttention(_("S3 did not take the anchor: %(code)s.") % {"code": code}) from None
    except botocore.exceptions.BotoCoreError as error:
        raise ProviderUnavailable(_("S3 did not answer: %(code)s.") % {"code": type(error).__name__}) from None
