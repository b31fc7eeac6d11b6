"""Where a credential comes from: the environment, a file, AWS, or our own database, sealed."""

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from django.utils.translation import gettext as _

from integrations.secrets import aws
from integrations.secrets.sealed import unseal
from integrations.secrets.secret import SecretUnavailable

# A credential is a line, not a document: a path such as /dev/zero must not fill the memory.
MAX_FILE_BYTES: Final = 64 * 1024


def resolve(source: str, value: str, *, keys: Sequence[str], json_key: str = "", folders: Sequence[str] = ()) -> str:
    """The credential itself. `source` is env (value: a variable's name), file (a path below one of `folders`), stored
    (sealed text), or aws_secrets_manager (a name or an ARN, with the key of a JSON object in it), which can be an
    outside call.

    Raises SecretUnavailable when it is missing, empty or cannot be opened.
    """
    if source == "env":
        return _from_environment(value)
    if source == "file":
        return _from_file(value, folders)
    if source == "stored":
        return unseal(value, keys=keys)
    if source == "aws_secrets_manager":
        return aws.read(value, json_key).reveal()
    raise SecretUnavailable(_("“%(source)s” is not a place that a secret can come from.") % {"source": source})


# Each error below is raised outside of where it was caught: a cause such as UnicodeDecodeError
# carries the bytes that were read, and a traceback would take them along.


def _from_environment(name: str) -> str:
    text = os.environ.get(name, "")
    if not text:
        raise SecretUnavailable(_("The environment variable %(name)s is not set, or empty.") % {"name": name})
    return text


def _from_file(path: str, folders: Sequence[str]) -> str:
    if not _is_below(path, folders):
        names = {"path": path, "folders": ", ".join(folders)}
        raise SecretUnavailable(_("%(path)s is in none of the folders of SECRETS_DIR: %(folders)s.") % names)
    text = _read(path)
    if text is None:
        raise SecretUnavailable(_("The secret file %(path)s cannot be read as a short text.") % {"path": path})
    if not text:
        raise SecretUnavailable(_("The secret file %(path)s is empty.") % {"path": path})
    return text


def _is_below(path: str, folders: Sequence[str]) -> bool:
    """Whether the file lies there in truth, wherever links lead."""
    try:
        real = Path(path).resolve()
        return any(real.is_relative_to(Path(one).resolve()) for one in folders)
    except (OSError, ValueError, RuntimeError):
        return False


def _read(path: str) -> str | None:
    try:
        # Not to wait for whoever writes into a pipe; and what a name leads to was looked at, so it leads no further.
        opened = os.open(os.path.realpath(path), os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(opened, "rb") as file:
            if not stat.S_ISREG(os.fstat(opened).st_mode):
                return None
            content = file.read(MAX_FILE_BYTES + 1)
        return content.decode().rstrip("\r\n") if len(content) <= MAX_FILE_BYTES else None
    except (OSError, ValueError):
        return None
