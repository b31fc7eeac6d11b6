"""What monitors ask: does the process answer, and does the work get done."""

from datetime import timedelta

import pytest
from django.db import OperationalError

from access.core.states import GrantState
from access.models import Integration, Worker
from portal.middleware import ProbeMiddleware
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker(now):
    return Worker.objects.create(name="w-1", host="here", pid=1, started_at=now, beat_at=now, jobs_beat_at=now)


def test_the_process_answers_without_asking_the_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/healthz").content == b"ok\n"


def test_everything_works(client, worker, flow):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "ready": True,
        "static_files": True,
        "database": True,
        "migrations": True,
        "worker": True,
        "clock": True,
        "punctual": True,
        "overdue_grants": 0,
        "oldest_overdue_seconds": 0.0,
        "integrations": True,
        "reach": True,
        "integrations_that_need_attention": 0,
        "event_log": True,
        "webhooks": True,
        "mail": True,
        "slack": True,
        "backlog": True,
        "log": True,
        "reasons": {},
    }


@pytest.mark.parametrize("part", ["beat_at", "jobs_beat_at"])
def test_a_silent_worker_is_not_ready(client, worker, now, part):
    Worker.objects.update(**{part: now - timedelta(seconds=20)})
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["worker"]) == (503, False)


@pytest.mark.parametrize(("minutes", "status"), [(1, 200), (2, 503)])
def test_access_that_is_late_is_told_with_its_age_and_then_is_not_ready(client, worker, flow, now, minutes, status):
    factories.grant(state=GrantState.REVOKING, now=now - timedelta(minutes=minutes) + timedelta(seconds=10))
    answer = client.get("/readyz")
    assert answer.status_code == status
    assert answer.json()["overdue_grants"] == 1
    assert answer.json()["oldest_overdue_seconds"] >= minutes * 60 - 10


def test_an_integration_in_trouble_is_counted_and_not_named(client, worker, integration, now):
    Integration.objects.update(attention="The password of bot@example.com is wrong.", attention_since=now)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["integrations_that_need_attention"] == 1
    assert "the first page of admins says which and why" in answer.json()["reasons"]["integrations"]
    assert "bot@" not in answer.content.decode()
    assert integration.name not in answer.content.decode()


def test_a_database_that_is_away_is_not_ready(client, monkeypatch):
    def away(**_kwargs):
        raise OperationalError("host=10.0.0.1 password=hunter2")

    monkeypatch.setattr("access.alerts.alerts.overdue", away)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (
        503,
        {
            "ready": False,
            "static_files": True,
            "database": False,
            "reasons": {"database": "The database can't be used."},
        },
    )


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
def test_they_are_only_read_and_never_kept(client, db, address):
    assert client.post(address).status_code == 405
    assert "no-store" in client.get(address)["Cache-Control"]


@pytest.mark.parametrize("host", ["containers", "10.0.0.7:8000", "[fd00::7]:8000", "no_such_name", "a b", ""])
@pytest.mark.parametrize("address", ["/healthz", "/healthcheck"])
def test_probes_answer_under_any_host(client, address, host):
    assert client.get(address, headers={"host": host}).content == b"ok\n"


@pytest.mark.parametrize("address", sorted(ProbeMiddleware.ADDRESSES))
def test_no_probe_is_refused_for_its_host(client, address):
    assert client.get(address, headers={"host": "containers"}).status_code != 400


@pytest.mark.parametrize("address", ["/", "/login/", "/healthz/", "/healthzz", "/admin/", "/api/v1/me", "/Healthz"])
def test_no_other_address_answers_under_a_host_that_is_not_ours(client, address):
    assert client.get(address, headers={"host": "containers"}).status_code == 400
