"""What Prometheus reads: who may, what is in it, and that rules and board speak of what exists."""

import json
import re
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families as parse

from access.core.states import GrantState
from access.models import AuditHead, Finding, Integration, Measure, Webhook
from access.worker import measures
from integrations import measure
from integrations.measure import Tally
from tests import factories, source

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_counted():
    measure.take()
    yield
    measure.take()


def read(client, **headers):
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200
    return {sample.name: sample for family in parse(answer.content.decode()) for sample in family.samples}


def test_this_machine_may_read_them(client):
    assert read(client)["usher_database_up"].value == 1


def test_a_log_that_can_not_be_sealed_does_not_hold(client):
    AuditHead.objects.get_or_create(pk=1)
    assert read(client)["usher_audit_log_holds"].value == 1
    AuditHead.objects.update(trouble="The end of the log is sealed with a key that AUDIT_KEYS does not have.")
    assert read(client)["usher_audit_log_holds"].value == 0


@pytest.mark.parametrize(
    "asked",
    [
        {"REMOTE_ADDR": "10.0.0.7"},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_VIA": "1.1 nginx"},
        {"REMOTE_ADDR": ""},
        {"HTTP_AUTHORIZATION": "Bearer wrong", "REMOTE_ADDR": "10.0.0.7"},
    ],
)
def test_nobody_else_may_without_the_token(client, asked):
    assert client.get("/metrics", **asked).status_code == 401


def test_with_a_token_it_is_asked_of_everybody(client, settings):
    settings.METRICS_TOKEN = "m" * 32
    assert client.get("/metrics").status_code == 401
    assert (
        client.get("/metrics", headers={"authorization": f"Bearer {'m' * 32}"}, REMOTE_ADDR="10.0.0.7").status_code
        == 200
    )


def test_it_tells_what_is_late_and_what_waits(client, flow):
    factories.grant(state=GrantState.REVOKING, now=timezone.now() - timedelta(minutes=5))
    Webhook.objects.create(name="siem", url="https://siem.example.com")
    found = read(client)
    assert found["usher_overdue_grants"].value == 1
    assert found["usher_oldest_overdue_seconds"].value >= 290
    assert found["usher_workers"].value == 0
    assert found["usher_webhook_events_behind"].labels == {"webhook": "siem"}


def test_it_tells_since_when_an_organization_can_not_be_asked(client, integration):
    assert read(client)["usher_integration_unreachable_seconds"].value == 0
    Integration.objects.update(unreachable_since=timezone.now() - timedelta(minutes=5))
    found = read(client)["usher_integration_unreachable_seconds"]
    assert found.labels == {"integration": integration.name}
    assert found.value >= 290


def test_it_tells_where_aptible_and_usher_differ_and_nobody_accepted_it(client, integration, now):
    for key, fields in {
        "one": {},
        "two": {"accepted_at": now},
        "three": {"closed_at": now, "last_seen_at": now},
    }.items():
        Finding.objects.create(integration=integration, kind="outside", key=key, first_seen_at=now, **fields)
    found = {
        sample.labels["kind"]: sample.value
        for family in parse(client.get("/metrics").content.decode())
        for sample in family.samples
        if sample.name == "usher_findings"
    }
    assert (found["outside"], found["still_there"]) == (1, 0)


def test_it_asks_the_same_number_of_queries_at_any_size(client, flow, django_assert_max_num_queries):
    for number in range(20):
        Measure.objects.create(name="call", kind=f"Aptible GET /{number}", result="200")
    with django_assert_max_num_queries(12):
        read(client)


def test_a_database_that_is_away_is_told_as_such(client, monkeypatch):
    def away(**_kwargs):
        raise OperationalError

    monkeypatch.setattr("access.alerts.figures.read", away)
    assert read(client)["usher_database_up"].value == 0


def test_what_two_processes_counted_is_told_together(client, monkeypatch):
    monkeypatch.setattr(measures, "_due", lambda: True)
    for _process in range(2):
        measure.note("call", kind="Aptible GET /roles/{id}", result="200", seconds=0.2)
        measures.keep_now_and_then()
    samples = [
        (one.name, one.labels.get("le"), one.value)
        for family in parse(client.get("/metrics").content.decode())
        for one in family.samples
        if one.name.startswith("usher_call_seconds")
    ]
    assert ("usher_call_seconds_bucket", "0.1", 0.0) in samples
    assert ("usher_call_seconds_bucket", "0.25", 2.0) in samples
    assert ("usher_call_seconds_count", None, 2.0) in samples


def test_a_job_cluster_that_was_replaced_is_counted_when_its_worker_has_left(client, monkeypatch):
    monkeypatch.setattr(measures, "_due", lambda: True)
    measure.note("restart", seconds=0.0)
    measures.keep_now_and_then()
    assert read(client)["usher_job_cluster_restarts_total"].value == 1


def test_what_could_not_be_kept_is_kept_the_next_time(monkeypatch):
    monkeypatch.setattr(measures, "_due", lambda: True)
    measure.note("job", kind="converge", result="done", seconds=1)
    with monkeypatch.context() as patch:
        patch.setattr(measures, "_keep", lambda _taken: (_ for _ in ()).throw(OperationalError()))
        measures.keep_now_and_then()
    measures.keep_now_and_then()
    assert Measure.objects.get().count == 1


def test_each_call_to_aptible_is_counted_without_ids(provider):
    provider.directory()
    kinds = {(name, kind, result) for name, kind, result in measure.take()}
    assert any(name == "call" and kind.startswith("Aptible GET") and result == "200" for name, kind, result in kinds)
    assert not any(re.search(r"[0-9a-f]{8}-", kind) for _name, kind, _result in kinds)


def test_kinds_have_a_bound():
    for number in range(measure.MOST_KINDS + 50):
        measure.note("call", kind=f"/{number}", result="200", seconds=0.1)
    taken = measure.take()
    assert len(taken) <= measure.MOST_KINDS + 1
    assert taken["call", "other", ""].count == 50


def test_tallies_add_up():
    one, other = Tally(), Tally()
    one.note(0.2)
    other.note(400)
    one.add(other)
    assert (one.count, one.seconds, one.within[-1]) == (2, 400.2, 1)


@pytest.mark.parametrize("name", ["deploy/prometheus/rules.yaml", "deploy/grafana/usher.json"])
def test_rules_and_board_speak_of_what_is_told(client, name):
    text = (source.ROOT / name).read_text()
    if name.endswith(".json"):
        text = " ".join(one["expr"] for panel in json.loads(text)["panels"] for one in panel["targets"])
    told = {
        line.split()[2] for line in client.get("/metrics").content.decode().splitlines() if line.startswith("# TYPE")
    }
    asked = set(re.findall(r"\busher_[a-z_]+", text))
    assert asked
    assert {re.sub(r"_(bucket|count|sum)$", "", one) for one in asked} <= told
