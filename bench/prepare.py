"""Fill the configured database once, sign people in, and count what each page asks. `python -m bench.prepare SIZE`."""

import json
import logging
import os
import sys
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

from django.conf import settings  # noqa: E402  needs the settings
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from access.evidence.reports import reckon  # noqa: E402
from access.models import User  # noqa: E402
from bench import looks, writes  # noqa: E402
from bench.looks import Look  # noqa: E402
from bench.past import Past  # noqa: E402
from bench.touched import buffers  # noqa: E402


def main(size: int) -> None:
    logging.getLogger("usher.web").setLevel(logging.WARNING)
    call_command("migrate", verbosity=0)
    call_command("collectstatic", "--no-input", verbosity=0)
    if not User.objects.exists():
        _write_past(size)
    _tidy()
    writes.count_on()
    reckon.schedule(now=timezone.now())
    for month in reckon.due(timezone.now()):
        reckon.month(month, now=timezone.now())
    browsers = {number: _signed_in(number) for number in looks.NAMES}
    readers = {number: writes.token(number) for number in looks.NAMES}
    told = {
        "sessions": {number: one.cookies[settings.SESSION_COOKIE_NAME].value for number, one in browsers.items()},
        "readers": readers,
        "counted": [_counted(browsers[look.who], look, look.headers(readers)) for look in looks.ALL],
        "tokens": [writes.token(looks.REQUESTER + 10 + number) for number in range(8)],  # of who asks at the same time
    }
    sys.stdout.write("\n" + json.dumps(told) + "\n")


def _write_past(size: int) -> None:
    """All of it or nothing. To make two thousand rows takes longer than the portal lets a transaction be idle, where
    the machine does other things, too.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        Past(size, timezone.now()).write()


def _tidy() -> None:
    """What is new, and what the run before has written, is counted, so that each run finds the same."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def _signed_in(number: int) -> Client:
    browser = Client(SERVER_NAME="127.0.0.1")
    person = User.objects.get(email=f"person{number:03}@example.com")
    browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def _counted(browser: Client, look: Look, headers: dict[str, str]) -> dict[str, Any]:
    """Statements, the pages of the database that they touch, and bytes: the same on any machine."""
    path = look.again(browser.get(look.path).content.decode())
    browser.get(path, headers=headers)
    with CaptureQueriesContext(connection) as seen:
        answer = browser.get(path, headers=headers)
    touched = buffers([one["sql"] for one in seen.captured_queries])
    return {"queries": len(seen), "bytes": len(answer.content), "buffers": touched}


if __name__ == "__main__":
    main(int(sys.argv[1]))
