"""The admin to an auditor: everything can be looked at, nothing can be changed. And who makes somebody one."""

import pytest
from django.contrib.auth.models import Permission

from access.admin import site
from access.core.states import GrantState, RequestState
from access.models import AuditEvent, Flow, Integration, Secret, Target, User
from access.people import mappings
from tests import factories
from tests.access.admin import pages

pytestmark = pytest.mark.django_db
MODELS = sorted(model._meta.model_name for model in site._registry)


@pytest.fixture
def vera(db):
    return factories.person("vera", is_auditor=True)


@pytest.fixture
def web(client, vera):
    client.force_login(vera)
    return client


def typed(user, **changes):
    names = ("is_active", "is_staff", "is_superuser", "is_auditor")
    ticked = {name: "on" for name in names if getattr(user, name)}
    known = {"email": user.email, "name": user.name, **ticked, **changes}
    return {name: value for name, value in known.items() if value is not None}


# What an auditor finds


@pytest.mark.parametrize("model", MODELS)
def test_every_list_opens_and_offers_nothing_to_add(web, flow, model, now):
    factories.grant(now=now)
    page = web.get(pages.of_list(model))
    assert page.status_code == 200
    assert page.context["has_add_permission"] is False
    assert web.get(pages.of_add(model)).status_code == 403


def test_every_row_opens_and_has_no_button_that_changes(web, flow, jon, now):
    grant = factories.grant(now=now)
    factories.group("Security", jon)
    request = grant.requests.get()
    rows = [
        flow, flow.strategy, grant, request, request.target, request.target.integration, jon, jon.mappings.get(),
        jon.member_of.get(), Secret.objects.first(), AuditEvent.objects.first(), request.decisions.get(),
    ]  # fmt: skip
    for row in rows:
        page = web.get(pages.of(row))
        assert page.status_code == 200, row
        text = page.content.decode()
        assert 'name="_save"' not in text, row
        for words in ("Test connection", "Sync now", "Match again by e-mail", "Import CSV", "Delete"):
            assert words not in pages.text(page), (row, words)


def test_lengths_of_time_are_told_as_they_would_be_typed(web, flow):
    Flow.objects.update(free_extension=1800, break_glass_seconds=7200, pending_timeout=129600)
    Target.objects.update(max_seconds=14400)
    text = pages.text(web.get(pages.of(flow)))
    for words in ("Allowed durations 1m, 1h, 4h, 8h", "Recommended duration 1h", "without approval by 30m",
                  "Longest break-glass access 2h", "lapses after 1d 12h"):  # fmt: skip
        assert words in text, words
    assert "Held for at most 4h" in pages.text(web.get(pages.of(Target.objects.get())))
    assert "10m" in pages.text(web.get(pages.of(Integration.objects.get())))
    Flow.objects.update(free_extension=0)
    assert "without approval by –" in pages.text(web.get(pages.of(flow)))
    assert "3600" not in pages.text(web.get(pages.of(flow)))


def test_nothing_secret_is_shown(web, flow, jon):
    jon.set_password("a-long-passphrase-for-tests")
    jon.save()
    secret = Secret.objects.create(name="stored", source="stored", sealed="gAAAA-sealed-value")
    page = web.get(pages.of(jon)).content.decode()
    assert not any(part in page for part in (jon.password, "md5", "salt", "algorithm"))
    assert "gAAAA" not in web.get(pages.of(secret)).content.decode()


def test_nothing_is_changed_even_where_no_page_stands_before_the_admin(web, flow, jon, settings):
    settings.MIDDLEWARE = [one for one in settings.MIDDLEWARE if not one.endswith("AuditorMiddleware")]
    integration, mapping = Integration.objects.get(), factories.mapping(jon)
    before = AuditEvent.objects.count()
    posts = [pages.of(row, page) for row in (flow, jon, integration, mapping) for page in ("change", "delete")]
    posts += [pages.of_add(model) for model in MODELS]
    posts += [f"/admin/access/integration/{integration.pk}/{name}/" for name in ("test", "sync")]
    posts += [f"/admin/access/usermapping/{mapping.pk}/match/", "/admin/access/usermapping/apply/"]
    posts += ["/admin/access/usermapping/import/", f"/admin/access/user/{jon.pk}/invite/"]
    assert {one: web.post(one, {"name": "x"}).status_code for one in posts} == dict.fromkeys(posts, 403)
    assert AuditEvent.objects.count() == before


def test_no_action_is_offered_or_taken(web, flow, jon, settings, monkeypatch):
    settings.MIDDLEWARE = [one for one in settings.MIDDLEWARE if not one.endswith("AuditorMiddleware")]
    monkeypatch.setattr(mappings, "unset", factories.breaks)
    mapping = factories.mapping(jon)
    data = {"action": "match_again", "_selected_action": [mapping.pk], "index": "0"}
    web.post(pages.of_list("usermapping"), data)
    mapping.refresh_from_db()
    assert mapping.account_id


def test_rights_that_were_given_before_count_for_nothing(web, vera, flow):
    User.objects.filter(pk=vera.pk).update(is_staff=True)
    vera.user_permissions.set(Permission.objects.filter(content_type__app_label="access"))
    assert web.post(pages.of(flow), pages.typed(flow, label="Mine")).status_code == 403
    assert 'name="_save"' not in web.get(pages.of(flow)).content.decode()


def test_mappings_can_be_taken_out_as_a_file(web, flow, jon):
    factories.mapping(jon)
    assert b"jon@example.com" in web.get("/admin/access/usermapping/export/").getvalue()


@pytest.mark.parametrize("who", ["jon", "adam"])
def test_nobody_else_gets_in(client, flow, who):
    client.force_login(factories.person(who))
    assert client.get("/admin/").status_code == 403


# Who makes somebody an auditor


def test_an_admin_makes_somebody_an_auditor_and_they_hold_nothing_more(admin, jon, flow, olga, now):
    grant, pending = factories.grant(now=now), factories.request_at(now=now)
    answer = admin.post(pages.of(jon), typed(jon, is_auditor="on"), follow=True)
    jon.refresh_from_db()
    pending.refresh_from_db()
    assert jon.is_auditor
    assert (pending.state, grant.refreshed().state) == (RequestState.WITHDRAWN, GrantState.REVOKING)
    assert "What Jon Reyes asked for is withdrawn, and what they hold is ending." in pages.told(answer)
    event = AuditEvent.objects.latest("id")
    assert (event.type, event.actor) == ("person.changed", olga.email)
    assert event.data["changes"] == {"is_auditor": {"from": False, "to": True}}


def test_the_flows_that_are_stuck_without_the_new_auditor_are_named(admin, adam, flow):
    answer = admin.post(pages.of(adam), typed(adam, is_auditor="on"), follow=True)
    assert "Without Adam Novak nobody can approve a request in: Production access." in pages.told(answer)


@pytest.mark.parametrize("who", ["rita", "olga"])
def test_nobody_is_made_both_an_auditor_and_a_superuser(admin, request, who):
    user = request.getfixturevalue(who)
    answer = admin.post(pages.of(user), typed(user, is_auditor="on", is_superuser="on", is_staff="on"))
    told = pages.errors(answer)
    assert "An auditor changes nothing, so nobody is an auditor and a superuser." in told["is_auditor"]
    user.refresh_from_db()
    assert not user.is_auditor


def test_somebody_who_may_change_people_makes_nobody_an_auditor_and_undoes_none(client, jon, vera):
    staff = factories.person("stella", is_staff=True)
    staff.user_permissions.add(*Permission.objects.filter(codename__in=("view_user", "change_user")))
    client.force_login(staff)
    client.post(pages.of(jon), typed(jon, is_auditor="on"))
    assert client.post(pages.of(vera), typed(vera, is_auditor=None)).status_code == 403
    assert list(User.objects.filter(is_auditor=True)) == [vera]


def test_an_auditor_is_not_put_into_a_policy(admin, flow, vera):
    answer = admin.post(pages.of(flow), pages.typed(flow, **{"stages-0-people": [vera.pk]}))
    assert "Auditors decide nothing, so take them out: Vera." in pages.text(answer)
    assert vera not in flow.stages.get().pools.get().people.all()


def test_the_page_of_a_flow_names_the_auditors_whom_it_asks(admin, flow, adam, rita):
    factories.also_decided_by(flow, rita)
    User.objects.filter(pk=rita.pk).update(is_auditor=True)
    page = pages.text(admin.get(pages.of(flow)))
    assert "Auditors decide nothing: Rita Moss." in page
    assert "can no longer sign in" not in page
