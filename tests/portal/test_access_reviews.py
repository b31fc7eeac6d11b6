"""The pages of access reviews: the list, the rows that are kept or removed together, and the ends."""

import html
import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from access.core.states import RowState
from access.evidence.access_reviews import begin, look
from access.grants import lifecycle
from access.models import AccessReview, AccessReviewRow, AuditEvent, Finding, Target
from tests import factories
from tests.portal.pages import HTMX, queries, words

pytestmark = pytest.mark.django_db

URL = "/access-reviews/"


def stands(number=1, **fields):
    target = factories.target()
    return Finding.objects.create(
        integration=target.integration, target=target, kind="standing", key=f"k{number}", first_seen_at=timezone.now(),
        account_id=f"a{number}", email=f"somebody{number}@example.com", **fields,
    )  # fmt: skip


@pytest.fixture
def review(flow, olga):
    """Two stand in Prod, and Adam decides."""
    stands(1)
    stands(2)
    return begin.start(
        title="Third quarter", targets=[factories.target()], every_target=False, reviewers="approvers", group=None,
        deadline=timezone.now() + timedelta(days=10), by=olga, now=timezone.now(),
    )  # fmt: skip


@pytest.fixture
def as_admin(client, olga):
    client.force_login(olga)
    return client


@pytest.fixture
def as_adam(client, adam):
    client.force_login(adam)
    return client


def page(review, name="access-review"):
    return reverse(name, args=[review.ref])


def pks(review):
    return list(review.rows.order_by("pk").values_list("pk", flat=True))


def test_the_list_is_empty_at_first_and_says_what_to_do(client, as_admin, jon):
    said = words(as_admin.get(URL))
    assert "No access review was started yet" in said
    assert "Start an access review" in said
    client.force_login(jon)
    assert "There is no access review with something for you" in words(client.get(URL))


def test_an_admin_starts_one_and_those_who_decide_find_it_on_their_home(client, as_admin, flow, adam):
    stands()
    day = (timezone.localdate() + timedelta(days=7)).isoformat()
    asked = {"title": "Prod", "scope": "chosen", "targets": [factories.target().pk], "reviewers": "approvers"}
    answer = as_admin.post(f"{URL}start/", {**asked, "due": day})
    made = AccessReview.objects.get()
    assert answer.url == page(made)
    assert timezone.localtime(made.deadline) - timedelta(days=8) <= timezone.localtime()
    client.force_login(adam)
    assert "To keep or remove 1" in words(client.get("/"))
    assert made.title in words(client.get(URL))


def test_a_form_that_does_not_fit_keeps_what_was_typed(as_admin, flow):
    asked = {"title": "My quarter", "scope": "chosen", "reviewers": "group", "due": "2020-01-01"}
    answer = as_admin.post(f"{URL}start/", asked)
    said = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="My quarter"' in said
    for sentence in ("Choose at least one target", "Choose the group", "Choose a time between an hour and a year"):
        assert sentence in said
    assert not AccessReview.objects.exists()


def test_several_are_kept_with_one_reason(as_adam, review, adam):
    asked = {"row": pks(review), "verdict": "keep", "why": "They run it.", "view": "mine"}
    said = words(as_adam.post(page(review, "access-review-decide"), asked, follow=True))
    assert "You kept 2." in said
    assert "Nothing waits for you" in said
    assert set(review.rows.values_list("state", "decided_by", "why")) == {("kept", adam.pk, "They run it.")}


def test_what_is_removed_is_called_so_only_once_it_is(as_adam, review):
    [first, _second] = pks(review)
    decided = as_adam.post(page(review, "access-review-decide"), {"row": first, "verdict": "remove", "why": "Left."})
    assert decided.status_code == 302
    assert review.rows.get(pk=first).state == RowState.REMOVING
    said = words(as_adam.get(page(review), {"view": "all"}))
    assert "Being removed" in said
    assert "it is not seen to be gone yet" in said
    assert "somebody1@example.com" in said


def test_without_a_reason_what_was_ticked_stays_ticked(as_adam, review):
    [first, second] = pks(review)
    answer = as_adam.post(page(review, "access-review-decide"), {"row": [first], "verdict": "keep", "view": "mine"})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Say why you keep or remove it" in text
    text = " ".join(text.split())
    assert text.count(" checked") == 1
    assert f'value="{first}" checked' in text
    assert second in pks(review)


@pytest.mark.parametrize("odd", [{}, {"row": "x"}, {"row": "999999"}, {"row": "\0"}])
def test_nothing_ticked_is_said(as_adam, review, odd):
    answer = as_adam.post(page(review, "access-review-decide"), {"verdict": "keep", "why": "Fine.", **odd})
    assert answer.status_code == 409
    assert "Tick at least one row" in words(answer)


def test_a_form_without_a_verdict_decides_nothing(as_adam, review):
    answer = as_adam.post(page(review, "access-review-decide"), {"row": pks(review), "why": "Fine."})
    assert answer.status_code == 400
    assert set(review.rows.values_list("state", flat=True)) == {"waiting"}


def test_what_is_theirs_is_refused_and_the_others_are_decided(client, review, olga):
    row = review.rows.first()
    row.person = olga
    row.save()
    client.force_login(olga)
    said = words(client.get(page(review), {"view": "all"}))
    assert "Yours: others decide it." in said
    asked = {"row": pks(review), "verdict": "keep", "why": "Fine."}
    said = words(client.post(page(review, "access-review-decide"), asked, follow=True))
    assert "You kept 1." in said
    assert "Nobody reviews their own access." in said


def test_a_second_decision_says_who_was_first(client, as_adam, review, olga):
    asked = {"row": pks(review)[:1], "verdict": "keep", "why": "She runs it."}
    as_adam.post(page(review, "access-review-decide"), asked)
    client.force_login(olga)
    said = words(client.post(page(review, "access-review-decide"), {**asked, "verdict": "remove"}, follow=True))
    assert "has decided this already" in said
    assert "She runs it." in said


def test_it_can_not_be_signed_off_while_something_waits(as_admin, review, olga):
    refused = as_admin.post(page(review, "access-review-sign-off"), {"comment": "Fine."})
    assert refused.status_code == 409
    assert "rows are not decided yet" in words(refused)
    asked = {"row": pks(review), "verdict": "keep", "why": "Fine."}
    as_admin.post(page(review, "access-review-decide"), asked)
    assert as_admin.post(page(review, "access-review-sign-off"), {"comment": ""}).status_code == 422
    said = words(as_admin.post(page(review, "access-review-sign-off"), {"comment": "All needed."}, follow=True))
    assert "You signed off Third quarter" in said
    assert "“ All needed. ”" in said
    assert "Decide what is ticked" not in said


def test_an_admin_may_cancel_it_with_a_reason(as_admin, review):
    said = words(as_admin.post(page(review, "access-review-cancel"), {"comment": "By mistake."}, follow=True))
    assert "You cancelled Third quarter" in said


def test_an_auditor_reads_it_and_changes_nothing(client, review):
    client.force_login(factories.person("avery", is_auditor=True))
    said = words(client.get(page(review)))
    assert "somebody1@example.com" in said
    assert "Keep what is ticked" not in said
    assert "Sign off" not in said
    for name in ("decide", "sign-off", "cancel"):
        assert client.post(page(review, f"access-review-{name}"), {"comment": "x"}).status_code == 403


def test_whom_it_does_not_ask_does_not_see_it(client, review, jon):
    client.force_login(jon)
    assert client.get(page(review)).status_code == 404
    assert review.title not in words(client.get(URL))


def test_filters_narrow_and_say_so(as_admin, review):
    assert "somebody2@" not in words(as_admin.get(page(review), {"view": "all", "who": "somebody1"}))
    for odd in ({"state": "kept"}, {"target": "nothing"}, {"who": "\0"}, {"state": "odd"}, {"page": "x"}):
        assert as_admin.get(page(review), {"view": "all", **odd}).status_code == 200
    assert "No row fits these filters" in words(as_admin.get(page(review), {"view": "all", "target": "nothing"}))


def test_the_rows_as_csv_run_no_formula(as_admin, review):
    review.rows.update(why="=1+1")
    lines = b"".join(as_admin.get(page(review), {"view": "all", "format": "csv"}).streaming_content).decode()
    assert lines.splitlines()[0].startswith("target,person,account,")
    assert "'=1+1" in lines


def test_pages_take_the_same_number_of_queries_at_any_size(as_admin, review, olga):
    addresses = [f"{page(review)}?view=all", f"{page(review)}?view=mine", URL, "/"]
    few = [queries(as_admin, one) for one in addresses]
    for number in range(10, 50):
        stands(number)
    look.look(review, now=timezone.now())
    for number in range(5):
        begin.start(
            title=f"Another {number}", targets=[], every_target=True, reviewers="manager", group=None,
            deadline=timezone.now() + timedelta(days=10), by=olga, now=timezone.now(),
        )  # fmt: skip
    assert [queries(as_admin, one) for one in addresses] == few


def unzipped(answer):
    return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))


def test_its_evidence_is_one_zip_and_the_same_each_time(as_admin, review):
    asked = {"row": pks(review), "verdict": "keep", "why": "<b>Run it.</b>"}
    as_admin.post(page(review, "access-review-decide"), asked)
    as_admin.post(page(review, "access-review-sign-off"), {"comment": "All needed."})
    first = b"".join(as_admin.get(page(review, "access-review-evidence")).streaming_content)
    assert first == b"".join(as_admin.get(page(review, "access-review-evidence")).streaming_content)
    files = zipfile.ZipFile(io.BytesIO(first))
    assert set(files.namelist()) == {
        "index.html", "style.css", "review.json", "rows.csv", "rows.jsonl", "events.jsonl", "events.csv",
        "verify_audit.py",
    }  # fmt: skip
    told = json.loads(files.read("review.json"))
    assert (told["state"], told["counts"]["kept"], told["closed_by"]) == ("signed_off", 2, "olga@example.com")
    assert "&lt;b&gt;Run it.&lt;/b&gt;" in files.read("index.html").decode()
    assert len(files.read("rows.jsonl").splitlines()) == 2
    types = [json.loads(line).get("type") for line in files.read("events.jsonl").splitlines()]
    assert {"access_review.started", "access_review.kept", "access_review.signed_off"} <= set(types)


def test_the_log_tells_it_in_sentences(as_admin, review):
    as_admin.post(page(review, "access-review-decide"), {"row": pks(review)[:1], "verdict": "keep", "why": "Fine."})
    said = words(as_admin.get("/audit/", {"kind": "access_review"}))
    assert f"olga@example.com keeps somebody1@example.com in prod ({review.ref})." in said
    assert "started the access review “Third quarter”" in said
    assert AuditEvent.objects.filter(type="access_review.kept").count() == 1
    assert Target.objects.count() == 1


def looks_at(text: str) -> str:
    """Where the page looks again, and nothing where it does not."""
    tag = text.partition('id="review-progress"')[2].partition(">")[0]
    return html.unescape(tag.partition('hx-get="')[2].partition('"')[0])


def test_the_page_looks_again_while_something_is_removed_and_keeps_what_is_typed(as_adam, review, olga):
    first, second = pks(review)
    assert looks_at(as_adam.get(page(review)).content.decode()) == ""
    as_adam.post(page(review, "access-review-decide"), {"row": [first], "verdict": "remove", "why": "He has left."})
    shown = as_adam.get(page(review), {"view": "all"}).content.decode()
    address = looks_at(shown)
    assert f"row={first}" in address
    assert f"row={second}" not in address
    for _look in range(2):
        assert as_adam.get(address, headers=HTMX).status_code == 204
    row = AccessReviewRow.objects.get(pk=first)
    lifecycle.move_row(row, RowState.REMOVED, actor=olga, now=timezone.now(), data={}, settled_at=timezone.now())
    seen = as_adam.get(address, headers=HTMX)
    text = seen.content.decode()
    assert f'id="state-{first}"' in text
    assert f'id="state-{second}"' not in text
    assert "Aptible no longer lists it:" in words(seen)
    assert "<textarea" not in text
    assert looks_at(text) == ""


def test_a_look_tells_nobody_of_rows_that_are_none_of_theirs(as_adam, client, review, rita):
    seen = as_adam.get(page(review), {"seen": "x", "row": [*pks(review), "9" * 30, "x"]}, headers=HTMX)
    assert seen.status_code == 200
    client.force_login(rita)
    assert client.get(page(review), {"seen": "x", "row": pks(review)}, headers=HTMX).status_code == 404
