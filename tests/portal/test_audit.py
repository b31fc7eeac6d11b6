"""The page of the log: for auditors and admins, filtered, in parts, as files, and verified."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from access.audit import log, scheduled_check
from access.models import AuditCheck, User
from tests import chain, factories
from tests.access.audit.tamper import bend

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor(client, db):
    who = factories.person("audra")
    User.objects.filter(pk=who.pk).update(is_auditor=True)
    client.force_login(User.objects.get(pk=who.pk))
    return client


def page(client: Client, **query) -> str:
    answer = client.get(reverse("audit"), query)
    assert answer.status_code == 200
    return answer.content.decode()


def append(now, count: int = 1, **facts) -> None:
    for number in range(count):
        log.append("integration.synced", actor="usher", now=now, subject=f"integration:i{number}", **facts)


@pytest.mark.parametrize("name", ["audit", "audit-state", "audit-export", "audit-script"])
def test_it_is_for_auditors_and_admins(client, jon, adam, olga, flow, name):
    assert client.get(reverse(name)).status_code == 302
    for who, status in ((jon, 403), (adam, 403), (olga, 200)):
        client.force_login(who)
        assert client.get(reverse(name)).status_code == status


def test_of_an_empty_log_nothing_is_said_to_be_wrong(auditor):
    seen = page(auditor)
    assert "Nothing is sealed yet" in seen
    assert "DatabaseDefault" not in seen


def test_an_event_is_a_sentence_with_its_facts_and_names_that_lead_on(auditor, flow, now):
    request = factories.request_at(now=now, state="approved")
    chain.sealed()
    text = page(auditor)
    assert "adam@example.com approved." in text
    assert reverse("request", args=[request.ref]) in text
    assert f"{now:%Y-%m-%d %H:%M:%S} UTC" in text


def test_old_and_new_stand_beside_each_other(auditor, now):
    changes = {"approvals_needed": {"from": 1, "to": 2}}
    log.append("flow.changed", actor="olga@example.com", now=now, subject="flow:prod", data={"changes": changes})
    text = page(auditor)
    assert "approvals needed" in text
    assert "not sealed yet" in text


def test_markup_is_shown_and_never_run(auditor, now):
    log.append("flow.changed", actor="<script>x</script>", now=now, subject="flow:<b>", data={"x": "<img src=x>"})
    text = page(auditor)
    assert "<script>x" not in text
    assert "<img src=x" not in text


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"who": "jon"}, 1), ({"who": "nobody"}, 0), ({"kind": "request"}, 2), ({"what": "request.app"}, 1),
        ({"target": "prod"}, 3), ({"flow": "nothing"}, 0), ({"since": "2100-01-06"}, 0), ({"until": "2100-01-05"}, 3),
        ({"kind": "nonsense"}, 3), ({"since": "x"}, 3), ({"older": "x", "newer": "²"}, 3),
    ],
)  # fmt: skip
def test_it_is_narrowed_by_what_stands_in_the_address(auditor, flow, now, query, count):
    factories.request_at(now=now, state="approved")
    if query == {"who": "jon"}:
        count = 3  # it is about Jon, whoever acted
    assert page(auditor, **query).count('class="audit-text"') == count


def test_parts_lead_back_and_forth_and_cost_the_same(auditor, now, django_assert_max_num_queries):
    append(now, 130)
    first = auditor.get(reverse("audit")).context["part"]
    second = auditor.get(reverse("audit"), {"older": first.older_than}).context["part"]
    with django_assert_max_num_queries(8):
        third = auditor.get(reverse("audit"), {"older": second.older_than}).context["part"]
    assert [len(one.events) for one in (first, second, third)] == [50, 50, 30]
    assert (first.newer_than, third.older_than) == (0, 0)
    back = auditor.get(reverse("audit"), {"newer": third.newer_than}).context["part"]
    assert [one.pk for one in back.events] == [one.pk for one in second.events]


def test_files_hold_what_is_filtered_and_run_nothing(auditor, now):
    log.append("flow.changed", actor="=cmd()", now=now, subject="flow:prod", data={"n": 1})
    append(now, 3)
    chain.sealed()
    table = b"".join(auditor.get(reverse("audit"), {"format": "csv", "kind": "flow"})).decode()
    assert len(table.splitlines()) == 2
    assert "'=cmd()" in table
    lines = b"".join(auditor.get(reverse("audit"), {"format": "jsonl", "kind": "integration"})).splitlines()
    assert [json.loads(one).get("type") for one in lines] == [None, *["integration.synced"] * 3]


def test_verify_now_lets_a_worker_verify_it_and_says_what_came_of_it(auditor, now):
    append(now, 3)
    assert auditor.post(reverse("audit-verify")).status_code == 302
    assert "It is being verified" in page(auditor)
    row = AuditCheck.objects.get()
    scheduled_check.go_on(now=row.due_at)
    assert "all 3 events are as they were written" in page(auditor)
    assert "The log was verified: all 3 events" in page(auditor)
    bend(2, actor="eve")
    auditor.post(reverse("audit-verify"))
    scheduled_check.go_on(now=AuditCheck.objects.get().due_at)
    assert "The log is bent at event 2." in page(auditor)
    assert "its facts do not give its hash" in page(auditor)
