"""The portal behind a PgBouncer that lends a connection for one transaction at a time, set as the documents say."""

import os
import re
import signal
import sys
import threading
import uuid
from urllib.parse import urlsplit, urlunsplit

import pytest
import requests
from django.db import connection
from django.utils import timezone

from access.core.states import RequestState
from access.models import AccessRequest
from tests import factories, programs, scratch_database, source
from tests.deploy.test_nginx import free_port, started  # noqa: F401  the processes
from tests.worker_process import until

ROWS = 4000

pytestmark = [
    pytest.mark.races,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="PgBouncer is PostgreSQL's."),
]


def settings_of_the_documents():
    """What stands in the block of docs/operations.md."""
    text = (source.ROOT / "docs/operations.md").read_text()
    return re.search(r"```ini\n\[pgbouncer\]\n(.*?)```", text, re.DOTALL)[1]


@pytest.fixture(scope="module")
def behind(started, tmp_path_factory, django_db_blocker):  # noqa: F811
    """The address of a portal behind a PgBouncer, somebody signed in there, and the PgBouncer."""
    tmp_path = tmp_path_factory.mktemp("pgbouncer")
    with django_db_blocker.unblock(), scratch_database.database(tmp_path) as environment:
        _fill()
        web, pool = free_port(), free_port()
        at = urlsplit(environment["DATABASE_URL"])
        (tmp_path / "users").write_text(f'"{at.username}" "{at.password or ""}"\n')
        (tmp_path / "pgbouncer.ini").write_text(
            f"[databases]\n* = host={at.hostname} port={at.port or 5432}\n[pgbouncer]\n{settings_of_the_documents()}\n"
            f"listen_addr = 127.0.0.1\nlisten_port = {pool}\nauth_type = trust\nauth_file = {tmp_path}/users\n"
            "unix_socket_dir =\ndefault_pool_size = 5\n"
        )
        pooler = started(programs.needed("pgbouncer"), *_user(), str(tmp_path / "pgbouncer.ini"))
        url = urlunsplit(at._replace(netloc=f"{at.username}@127.0.0.1:{pool}"))
        own = {"BASE_URL": f"http://127.0.0.1:{web}", "BIND": f"127.0.0.1:{web}", "SECRET_KEY": "s" * 50, "DEMO": ""}
        started(sys.executable, "-m", "gunicorn", "--config", "python:portal.server",
                **{**environment, **own, "DATABASE_URL": url})  # fmt: skip
        address = own["BASE_URL"]
        until(lambda: _answers(address), what="the portal answers through PgBouncer")
        yield address, _signed_in(address), pooler


def _user():
    return ["-u", "nobody"] if os.geteuid() == 0 else []


def _fill():
    flow, target, olga = factories.flow(), factories.target(), factories.admin()
    olga.set_password("a long password of a test")
    olga.save()
    now = timezone.now()
    AccessRequest.objects.bulk_create(
        AccessRequest(
            ref=f"R-{number:06}", requester=olga, flow=flow, target=target, seconds=60, reason="x" * 2000,
            state=RequestState.WITHDRAWN, settled_at=now, created_at=now, policy={}, submission=uuid.uuid4(),
        )
        for number in range(ROWS)
    )  # fmt: skip


def _answers(address):
    try:
        return requests.get(f"{address}/healthz", timeout=5).ok
    except requests.ConnectionError:
        return False


def _signed_in(address):
    session = requests.Session()
    page = session.get(f"{address}/login/", timeout=30)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[1]
    typed = {"email": "olga@example.com", "password": "a long password of a test", "csrfmiddlewaretoken": token}
    answer = session.post(f"{address}/login/", data=typed, headers={"Referer": f"{address}/login/"}, timeout=30)
    assert answer.ok
    assert "/login/" not in answer.url
    return session


@pytest.mark.parametrize("path", ["/requests/?scope=all&format=csv", "/audit/export/"])
def test_a_long_file_is_whole_while_others_use_the_connections_between(behind, path):
    address, session, _pooler = behind
    over = threading.Event()

    def others():
        while not over.is_set():
            requests.get(f"{address}/requests/", cookies=session.cookies, timeout=30)

    threads = [threading.Thread(target=others) for _number in range(3)]
    for one in threads:
        one.start()
    try:
        answer = session.get(address + path, timeout=60)
    finally:
        over.set()
        for one in threads:
            one.join()
    assert answer.status_code == 200
    if "csv" in path:
        assert len(set(re.findall(r"^R-\d{6}", answer.text, re.MULTILINE))) == ROWS
    assert "not complete" not in answer.text


def test_a_file_that_breaks_is_seen_to_break(behind):
    address, session, pooler = behind
    answer = session.get(f"{address}/requests/?scope=all&format=csv", timeout=60, stream=True)
    parts = answer.iter_content(64 * 1024)
    got = [next(parts)]
    pooler.send_signal(signal.SIGKILL)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        got.extend(parts)
    text = b"".join(got).decode()
    assert len(re.findall(r"^R-\d{6}", text, re.MULTILINE)) < ROWS
    assert "This file is not complete" in text.splitlines()[-1]
