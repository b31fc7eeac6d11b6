"""Credentials from AWS Secrets Manager. Where to ask, and as whom, is AWS's own usual configuration.

`boto3` is an extra (`usher[aws]`). A value is remembered in this process for a minute, so that each change of
access does not cost a call, and a changed secret is used soon. What it calls, and how errors are named:
https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
"""

import json
import threading
import time
from typing import Any, Final

from django.utils.translation import gettext as _

from integrations.secrets.secret import Secret, SecretUnavailable

KEPT_FOR: Final = 60.0  # seconds
CONNECT_TIMEOUT: Final = 3  # seconds
READ_TIMEOUT: Final = 5  # seconds

_kept: dict[tuple[str, str], tuple[float, Secret]] = {}
_lock = threading.Lock()


def read(name: str, json_key: str) -> Secret:
    """Read a secret by its name or ARN; with `json_key`, that member of the JSON object it holds.

    Raises SecretUnavailable. Makes an outside call unless it was read within the last minute.
    """
    with _lock:
        known = _kept.get((name, json_key))
        if known and time.monotonic() - known[0] < KEPT_FOR:
            return known[1]
    found = _picked(_ask(name), name, json_key)
    with _lock:
        _kept[name, json_key] = (time.monotonic(), found)
    return found


def forget() -> None:
    """Forget what is remembered, so that the next read asks AWS."""
    with _lock:
        _kept.clear()


def _ask(name: str) -> str:
    try:
        import boto3
        import botocore.config
        import botocore.exceptions
    except ImportError:
        raise SecretUnavailable(_("boto3 is not installed, so AWS cannot be asked: install usher[aws].")) from None
    config = botocore.config.Config(
        connect_timeout=CONNECT_TIMEOUT, read_timeout=READ_TIMEOUT, retries={"total_max_attempts": 1}
    )
    code = ""
    try:
        answer: dict[str, Any] = boto3.client("secretsmanager", config=config).get_secret_value(SecretId=name)
    except botocore.exceptions.ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", "unknown"))[:60]
    except botocore.exceptions.BotoCoreError as error:
        code = type(error).__name__
    # Raised outside of where it was caught: an answer in the traceback could hold the secret.
    if code:
        raise SecretUnavailable(_("AWS did not give the secret %(name)s: %(code)s.") % {"name": name, "code": code})
    text = answer.get("SecretString")
    if not isinstance(text, str) or not text:
        raise SecretUnavailable(_("The AWS secret %(name)s holds no text.") % {"name": name})
    return text


def _picked(text: str, name: str, json_key: str) -> Secret:
    if not json_key:
        return Secret(text)
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    value = found.get(json_key) if isinstance(found, dict) else None
    if not isinstance(value, str) or not value:
        words = {"name": name, "key": json_key}
        raise SecretUnavailable(_("The AWS secret %(name)s is no JSON object with a text under “%(key)s”.") % words)
    return Secret(value)
