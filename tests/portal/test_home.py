"""Home: what waits, what is held, what was asked, and what an admin has to know."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from access.audit import log
from access.core.states import GrantState, RequestState
from access.grants import end_early
from access.models import AccessRequest, Flow, Grant, Integration, Worker
from tests import factories
from tests.portal.pages import HTMX, is_part_of, queries, words

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def beat(now):
    return Worker.objects.create(name="w-1", host="here", pid=1, started_at=now, beat_at=now, jobs_beat_at=now)


def test_somebody_new_is_told_what_to_do_next(sign_in, jon, flow):
    page = sign_in(jon).get("/")
    assert page.status_code == 200
    assert "You hold no temporary access." in words(page)
    assert 'href="/ask/"' in page.content.decode()


def test_nobody_is_shown_anything_before_signing_in(client, db):
    page = client.get("/")
    assert (page.status_code, page["Location"]) == (302, "/login/?next=/")


def test_home_is_only_read(sign_in, jon):
    assert sign_in(jon).post("/").status_code == 405


def test_held_access_is_a_card_with_its_end_and_what_can_be_done(sign_in, jon, flow, now):
    grant = factories.grant(state=GrantState.ACTIVE, now=now)
    text = words(page := sign_in(jon).get("/"))
    assert "Prod Active prod: Deployment, Tunnel" in text
    assert "59 min" in text
    assert f"/grants/{grant.ref}/end/" in page.content.decode()
    assert "Extend" in text


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (GrantState.SCHEDULED, "Begins, for 1 h:"),
        (GrantState.GRANTING, "The clock of 1 h starts when it shows the membership."),
        (GrantState.REVOKING, "It has ended once it is no longer listed."),
    ],
)
def test_every_state_on_the_way_is_told_in_words(sign_in, jon, flow, now, state, sentence):
    factories.grant(state=state, now=now)
    assert sentence in words(sign_in(jon).get("/"))


def test_what_has_ended_is_no_card_and_what_others_hold_is_not_shown(sign_in, jon, rita, flow, now):
    factories.grant(state=GrantState.ENDED, now=now)
    factories.grant(state=GrantState.ACTIVE, now=now, person=rita)
    assert "You hold no temporary access." in words(sign_in(jon).get("/"))


def test_trouble_is_told_with_when_it_is_tried_next(sign_in, jon, flow, now):
    grant = factories.grant(state=GrantState.GRANTING, now=now)
    Grant.objects.filter(pk=grant.pk).update(last_error="Aptible did not answer in time.", due_at=now + 5 * MINUTE)
    assert "Aptible did not answer in time. Next try due in 4 min." in words(sign_in(jon).get("/"))


def test_what_is_late_is_said_to_be_overdue(sign_in, jon, flow, now):
    factories.grant(state=GrantState.ACTIVE, now=now - 61 * MINUTE)
    text = words(sign_in(jon).get("/"))
    assert "Prod Overdue" in text
    assert "overdue by 1 min" in text


def test_an_end_that_has_just_begun_is_not_overdue(sign_in, jon, flow, now):
    grant = factories.grant(state=GrantState.ACTIVE, now=now)
    end_early.end(grant=grant, by=jon, now=now)
    assert "Prod Ending" in words(sign_in(jon).get("/"))


def test_a_standing_member_is_told_that_nothing_will_be_taken_away(sign_in, jon, flow, now):
    Grant.objects.filter(pk=factories.grant(state=GrantState.ACTIVE, now=now).pk).update(standing=True)
    assert "You held this role already." in words(sign_in(jon).get("/"))


def test_the_counts_lead_to_lists_of_as_many(sign_in, adam, rita, jon, flow, now):
    factories.grant(state=GrantState.ACTIVE, now=now - 40 * MINUTE)
    factories.grant(state=GrantState.ACTIVE, now=now - 90 * MINUTE, person=rita)
    factories.request_at(state=RequestState.PENDING, now=now, requester=rita)
    text = words(browser_page := sign_in(adam).get("/"))
    assert "For you to review 1 Your active access 0 Yours and others' 2" in text
    assert "Of all these, ending soon 1 Of all these, overdue 1" in text
    assert "?state=soon" in browser_page.content.decode()
    assert "1 grant " in words(sign_in(adam).get("/active/?state=soon"))
    assert "1 grant " in words(sign_in(adam).get("/active/?state=overdue"))
    assert "1 grant " in words(sign_in(jon).get("/active/?person=jon@example.com"))


def test_asking_again_carries_everything_along(sign_in, jon, flow, now):
    factories.request_at(
        state=RequestState.DENIED, now=now, seconds=4 * 3600, reason="Fix & “check” it.", ticket="OPS-1"
    )
    page = sign_in(jon).get("/").content.decode()
    address = next(one for one in page.split('href="') if one.startswith("/ask/?")).partition('"')[0]
    assert parse_qs(urlsplit(address.replace("&amp;", "&")).query) == {
        "flow": ["production-access"],
        "target": ["prod"],
        "duration": ["14400"],
        "reason": ["Fix & “check” it."],
        "ticket": ["OPS-1"],
    }


def test_a_reason_too_long_for_an_address_is_left_out(sign_in, jon, flow, now):
    factories.request_at(state=RequestState.DENIED, now=now, reason="ü" * 1000)
    page = sign_in(jon).get("/").content.decode()
    assert "duration=3600" in page
    assert "reason=" not in page


def test_a_closed_flow_is_not_offered_again(sign_in, jon, flow, now):
    factories.grant(state=GrantState.ACTIVE, now=now)
    Flow.objects.update(is_active=False)
    text = words(sign_in(jon).get("/"))
    assert "Ask again" not in text
    assert "Extend" not in text


def test_a_reason_is_shown_as_text_and_never_as_a_page(sign_in, jon, flow, now):
    factories.request_at(state=RequestState.PENDING, now=now, reason="<script>alert(1)</script>")
    page = sign_in(jon).get("/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


# What only admins see


def test_an_admin_is_told_that_no_worker_runs(sign_in, olga, jon, now):
    assert "The worker is not running" in words(sign_in(olga).get("/"))
    assert "The worker is not running" not in words(sign_in(jon).get("/"))
    beat(now)
    assert "The worker is not running" not in words(sign_in(olga).get("/"))


@pytest.mark.parametrize("part", ["beat_at", "jobs_beat_at"])
def test_a_worker_of_which_half_is_silent_does_not_run(sign_in, olga, now, part):
    beat(now)
    Worker.objects.update(**{part: now - timedelta(seconds=20)})
    assert "The worker is not running" in words(sign_in(olga).get("/"))


def test_an_admin_is_told_of_integrations_in_trouble(sign_in, olga, integration, now):
    Integration.objects.update(attention="Aptible refused the bot's sign-in.", attention_since=now)
    page = sign_in(olga).get("/")
    assert "main-aptible-integration: Aptible refused the bot's sign-in." in words(page)
    assert f"/admin/access/integration/{integration.pk}/change/" in page.content.decode()


def test_an_admin_is_told_of_overdue_access_and_of_the_oldest(sign_in, olga, rita, flow, now):
    factories.grant(state=GrantState.REVOKING, now=now - 10 * MINUTE)
    factories.grant(state=GrantState.REVOKING, now=now - 20 * MINUTE, person=rita)
    assert "2 grants should have ended and may still be held. The oldest was due 20 min ago" in words(
        sign_in(olga).get("/")
    )


def test_an_admin_is_told_what_was_written_off(sign_in, olga, flow, now):
    grant = factories.grant(state=GrantState.REVOKING, now=now)
    end_early.write_off(grant=grant, by=olga, reason="The organization is gone.", now=now)
    text = words(sign_in(olga).get("/"))
    assert "Access of Jon Reyes to Prod was written off: nobody has verified that it is gone." in text
    assert AccessRequest.objects.get().ref in text


def test_an_admin_is_told_who_lost_their_last_role(sign_in, olga, flow, now):
    grant = factories.grant(state=GrantState.REVOKING, now=now)
    log.append("grant.last_role_lost", actor=log.SYSTEM, now=now, grant=grant, data={"text": "No fallback."})
    log.append("grant.last_role_lost", actor=log.SYSTEM, now=now - timedelta(days=8), grant=grant)
    text = words(sign_in(olga).get("/"))
    assert text.count("Prod was the last role of Jon Reyes") == 1


# The part that looks again by itself


@pytest.mark.usefixtures("standing_clock")
def test_the_fragment_is_what_a_fresh_page_has_there(sign_in, jon, flow, now):
    factories.grant(state=GrantState.SCHEDULED, now=now + timedelta(hours=3), starts_at=now + timedelta(hours=5))
    browser = sign_in(jon)
    fragment = browser.get("/", headers=HTMX)
    assert fragment.content.decode().strip().startswith('<div id="now"')
    assert is_part_of(fragment, browser.get("/"))


def test_nothing_moves_on_the_page_while_nothing_has_changed(sign_in, jon, flow, now):
    grant = factories.grant(state=GrantState.ACTIVE, now=now)
    browser = sign_in(jon)
    seen = browser.get("/").context["home"].version
    assert browser.get(f"/?seen={seen}", headers=HTMX).status_code == 204
    end_early.end(grant=grant, by=jon, now=now)
    changed = browser.get(f"/?seen={seen}", headers=HTMX)
    assert changed.status_code == 200
    assert "Ending" in words(changed)


def test_it_looks_again_soon_only_while_something_is_on_its_way(sign_in, jon, flow, now):
    browser = sign_in(jon)
    assert 'data-live="20"' in browser.get("/").content.decode()
    factories.grant(state=GrantState.GRANTING, now=now)
    assert 'data-live="2"' in browser.get("/").content.decode()


def test_the_number_of_queries_does_not_grow(sign_in, olga, jon, flow, now):
    integration = factories.integration()

    def make(count):
        for number in range(count):
            name = f"t-{AccessRequest.objects.count()}-{number}"
            target = factories.target(name, name.title(), role_id=name)
            flow.strategy.targets.add(target)
            factories.grant(state=GrantState.ACTIVE, now=now, person=olga, for_target=target)
        late = factories.grant(state=GrantState.REVOKING, now=now - 20 * MINUTE, person=jon, for_target=target)
        end_early.write_off(grant=late, by=olga, reason="Gone.", now=now)

    factories.mapping(olga)
    make(1)
    Integration.objects.filter(pk=integration.pk).update(attention="Wrong.", attention_since=now)
    browser = sign_in(olga)
    few = queries(browser, "/")
    make(30)
    assert queries(browser, "/") == few
