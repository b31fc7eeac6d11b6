"""Only admins change what decides who gets in, whatever Django permissions somebody was given."""

from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.db.models import Model
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from access.admin import site
from access.core import admin_only
from access.core.errors import NotAllowed
from access.core.states import GrantState
from access.models import AuditEvent, Flow, Integration, Secret, Target, User, UserMapping
from access.people.rules import check_can_configure, check_can_set_up
from portal import checks
from tests import factories
from tests.access.admin import pages

pytestmark = pytest.mark.django_db
MODELS = sorted(model._meta.model_name for model in site._registry)
LISTS = [pages.of_list(model) for model in MODELS]
SECURITY = Path(__file__).parents[3] / "docs" / "security.md"


@pytest.fixture
def stella(client):
    """May open the admin, and was given every right that there is."""
    staff = factories.person("stella", is_staff=True)
    staff.user_permissions.set(Permission.objects.all())
    client.force_login(staff)
    return User.objects.get(pk=staff.pk)


def rows(now) -> dict[str | None, Model | None]:
    factories.grant(now=now)
    factories.group("Security", factories.person("adam"))
    Secret.objects.create(name="stored", source="stored", sealed="x")
    return {model._meta.model_name: model.objects.first() for model in site._registry if model.objects.exists()}


def posts(now) -> list[str]:
    """Every address of the admin that is about a table, with a row of it where one is there."""
    known, found = rows(now), []
    for pattern in site.get_urls():
        for one in getattr(pattern, "url_patterns", []):
            name = one.name and f"admin:{one.name}"
            row = known.get(one.name.split("_")[1]) if one.name and "_" in one.name else None
            for args in ([], [row.pk] if row else []):
                try:
                    found.append(reverse(name, args=args)) if name else None
                except NoReverseMatch:
                    continue
    return sorted(set(found))


def test_whoever_was_given_every_right_may_only_look(stella):
    for model in apps.get_app_config("access").get_models():
        name = model._meta.model_name
        assert [verb for verb in ("view", "add", "change", "delete") if stella.has_perm(f"access.{verb}_{name}")] == [
            "view"
        ]


def test_no_address_of_the_admin_changes_anything_for_them(client, stella, flow, now):
    addresses = posts(now)
    assert len(addresses) > 60
    before = AuditEvent.objects.count()
    answers = {one: client.post(one, {"name": "x", "post": "yes"}).status_code for one in addresses}
    # A list answers a POST as it answers a GET, and a history leads to the log.
    answered = [one for one, code in answers.items() if code not in (403, 405)]
    assert not [one for one in answered if one not in LISTS and not one.endswith("/history/")]
    assert AuditEvent.objects.count() == before


# With SETUP=files


@pytest.fixture
def locked(client, olga, settings):
    settings.SETUP = "files"
    client.force_login(olga)
    return client


def test_where_files_alone_set_up_no_address_of_the_admin_changes_anything_for_an_admin(locked, flow, now):
    addresses = posts(now)
    last = AuditEvent.objects.latest("pk").pk if AuditEvent.objects.exists() else 0
    answers = {one: locked.post(one, {"name": "x", "post": "yes"}).status_code for one in addresses}
    answered = [one for one, code in answers.items() if code not in (403, 405)]
    # To try a connection, to look at Aptible anew and to send a test event change nothing of the set-up; to erase how
    # somebody could be reached only takes away, and asks for their address first.
    tries = ("/history/", "/test/", "/sync/", "/erase/")
    assert not [one for one in answered if one not in LISTS and not one.endswith(tries)]
    assert len([one for one in answered if one.endswith(("/test/", "/sync/"))]) >= 2
    assert not AuditEvent.objects.filter(pk__gt=last).exclude(type__startswith="integration.")


def test_where_files_alone_set_up_the_first_screens_change_nothing(locked):
    for address in ("/setup/connect/", "/setup/roles/", "/setup/people/"):
        locked.post(address, {"email": "a@example.com", "password": "x", "role": "r"})
    assert not any(table.objects.exists() for table in (Flow, Secret, Integration, Target))


def test_where_files_alone_set_up_an_admin_names_nobody_for_another_and_people_name_their_own(locked, olga, adam, rita):
    now = timezone.now()
    with pytest.raises(NotAllowed):
        factories.delegation(adam, rita, now=now, by=olga)
    assert factories.delegation(adam, rita, now=now)


def test_where_files_alone_set_up_files_still_do(locked, olga, flow):
    assert olga.is_admin
    check_can_configure(by=olga)
    with pytest.raises(NotAllowed, match="files alone"):
        check_can_set_up(by=olga)


def test_where_files_alone_set_up_somebody_can_be_deactivated_still(locked, olga, jon, flow):
    grant = factories.grant(now=timezone.now())
    locked.post(pages.of_list("user"), {"action": "deactivate", "_selected_action": [jon.pk, olga.pk], "index": "0"})
    jon.refresh_from_db()
    assert not jon.is_active
    assert User.objects.get(pk=olga.pk).is_active
    assert grant.refreshed().state == GrantState.REVOKING
    assert AuditEvent.objects.filter(type="person.changed", person_id=jon.pk, actor_id=olga.pk).exists()


def test_a_deploy_check_names_that_one_admin_alone_decides(settings):
    settings.SETUP = ""
    assert "usher.W020" in [one.id for one in checks.production()]
    settings.SETUP = "files"
    assert "usher.W020" not in [one.id for one in checks.production()]


def test_no_action_is_offered_to_them(client, stella, flow, now):
    rows(now)
    for model in MODELS:
        page = client.get(pages.of_list(model))
        assert page.status_code == 200
        assert 'name="action"' not in page.content.decode(), model


def test_who_may_look_at_mappings_maps_nobody(client, stella, flow, adam):
    mapping = factories.mapping(adam)
    client.post(pages.of_list("usermapping"), {"action": "match_again", "_selected_action": [mapping.pk], "index": "0"})
    assert UserMapping.objects.get(pk=mapping.pk).account_id == mapping.account_id


def test_a_flow_is_not_changed_with_a_right_that_was_given_before(client, stella, flow):
    assert client.post(pages.of(flow), pages.typed(flow, label="Mine")).status_code == 403
    assert Flow.objects.get(pk=flow.pk).label != "Mine"


def test_the_picker_of_rights_offers_looking_alone(client, olga, jon):
    client.force_login(olga)
    offered = client.get(pages.of(jon)).context["adminform"].form.fields["user_permissions"].queryset
    assert {one.codename.partition("_")[0] for one in offered} == {"view"}


def test_the_docs_print_the_list():
    told = SECURITY.read_text()
    for table, what in admin_only.DECIDES.items():
        assert f"| `{table}` | {what} |" in told
