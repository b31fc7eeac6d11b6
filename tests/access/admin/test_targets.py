"""Targets and strategies in the admin: picked from the roles that there really are."""

import pytest

from access.core.states import GrantState
from access.models import AuditEvent, DirectoryRole, Integration, Strategy, Target
from tests import factories
from tests.access.admin import pages

pytestmark = pytest.mark.django_db

MEANT = "Tick the box below if it is meant."
NOT_CUSTOM = "Staging is not a custom role, but of the type"
SCIM = "Staging is managed by SCIM, which takes people out again as it likes."


def role(name: str = "Staging", **changes) -> DirectoryRole:
    factories.integration()
    DirectoryRole.objects.filter(name=name).update(**changes)
    return DirectoryRole.objects.get(name=name)


def typed(picked: DirectoryRole, **changes):
    return {"role": picked.pk, "label": "", "name": "", "risk": "medium", **changes}


def other_integration() -> Integration:
    known = factories.integration()
    return Integration.objects.create(
        name="other", external_id="o-2", username_secret=known.username_secret, password_secret=known.password_secret
    )


def test_a_target_gets_its_integration_id_and_names_from_the_role_that_was_picked(admin, olga):
    picked = role()
    admin.post(pages.of_add("target"), typed(picked))

    target = Target.objects.get()
    assert (target.integration, target.role_id) == (picked.integration, picked.external_id)
    assert (target.label, target.name) == ("Staging", "staging")
    event = AuditEvent.objects.latest("id")
    assert (event.type, event.subject, event.actor) == ("target.added", "target:staging", olga.email)


def test_names_that_were_typed_are_kept(admin):
    admin.post(pages.of_add("target"), typed(role(), label="Our staging", name="stage"))
    assert list(Target.objects.values_list("label", "name")) == [("Our staging", "stage")]


def test_a_role_without_a_latin_letter_still_gets_a_name(admin):
    picked = role()
    DirectoryRole.objects.filter(pk=picked.pk).update(name="本番")
    admin.post(pages.of_add("target"), typed(picked))
    assert list(Target.objects.values_list("label", "name")) == [("本番", "target")]


@pytest.mark.parametrize(
    ("type_", "scim", "gone", "meant", "sentence"),
    [
        ("platform_user", False, False, False, ""),
        ("platform_user", False, False, True, ""),
        ("owner", False, False, False, f"{NOT_CUSTOM} owner. {MEANT}"),
        ("owner", False, False, True, ""),
        ("platform_owner", False, False, False, f"{NOT_CUSTOM} platform_owner. {MEANT}"),
        ("something_new", False, False, False, f"{NOT_CUSTOM} something_new. {MEANT}"),
        ("platform_user", True, False, False, f"{SCIM} {MEANT}"),
        ("platform_user", True, False, True, ""),
        ("platform_user", False, True, False, "Aptible no longer has the role Staging."),
        ("platform_user", False, True, True, "Aptible no longer has the role Staging."),
        ("owner", True, True, True, "Aptible no longer has the role Staging."),
    ],
)  # fmt: skip
def test_which_roles_can_be_a_target(admin, now, type_, scim, gone, meant, sentence):
    picked = role(type=type_, scim_created=scim, gone_at=now if gone else None)
    response = admin.post(pages.of_add("target"), typed(picked, **({"owner_role_is_meant": "on"} if meant else {})))
    if sentence:
        assert pages.errors(response) == {"role": [sentence]}
    assert Target.objects.exists() == (not sentence)


def test_one_role_is_one_target(admin, target):
    response = admin.post(pages.of_add("target"), typed(role("Prod"), name="again"))
    assert pages.errors(response) == {"role": ["Prod is a target already: prod."]}


def test_a_name_that_is_taken_is_said(admin, target):
    response = admin.post(pages.of_add("target"), typed(role(), name="prod"))
    assert pages.errors(response) == {"name": ["Target with this Name already exists."]}


def test_a_role_has_to_be_picked_not_pasted(admin, integration):
    response = admin.post(pages.of_add("target"), {"role": "24463ef7-1d6e-402e-a365-69cb6db80c6e"})
    assert "role" in pages.errors(response)


def test_the_role_may_be_changed_until_somebody_has_held_it(admin, target, now):
    admin.post(pages.of(target), typed(role(), label="Prod", name="prod"))
    target.refresh_from_db()
    assert target.role_id == role().external_id
    change = AuditEvent.objects.latest("id").data["changes"]["role_id"]
    assert change["to"] == role().external_id

    held = factories.grant(state=GrantState.ENDED, now=now).target
    page = admin.get(pages.of(held))
    assert "A target keeps its role once somebody has held it. Make a new target instead." in pages.text(page)
    assert page.context["adminform"].form.fields["role"].disabled
    admin.post(pages.of(held), typed(role("Prod"), label="Renamed", name="prod"))
    held.refresh_from_db()
    assert (held.label, held.role_id) == ("Renamed", role().external_id)


def test_a_target_whose_role_is_gone_can_still_be_renamed(admin, target, now):
    role("Prod", gone_at=now)
    admin.post(pages.of(target), typed(role("Prod"), label="Old prod", name="prod"))
    target.refresh_from_db()
    assert target.label == "Old prod"
    assert "Prod · platform_user · gone" in pages.text(admin.get(pages.of_list("target")))


def test_the_page_shows_what_the_role_opens(admin, target):
    assert "prod: deploy, tunnel" in pages.text(admin.get(pages.of(target)))
    empty = Target.objects.create(
        name="s", label="S", integration=target.integration, role_id=role("Staging").external_id
    )
    assert "No environment, as far as the last sync saw." in pages.text(admin.get(pages.of(empty)))


def test_a_target_in_a_strategy_is_not_removed_behind_its_back(admin, flow):
    target = flow.strategy.targets.get()
    response = admin.post(pages.of(target, "delete"), {"post": "yes"})
    assert "Strategy: main-aptible-strategy" in pages.text(response)
    assert Target.objects.exists()


def test_a_target_that_was_held_is_not_removed_and_the_page_names_the_grant(admin, now):
    grant = factories.grant(state=GrantState.ENDED, now=now)
    grant.target.strategies.clear()
    response = admin.post(pages.of(grant.target, "delete"), {"post": "yes"})
    assert f"Grant: {grant.ref}" in pages.text(response)
    assert Target.objects.exists()


def test_a_target_that_nobody_needs_is_removed(admin, target):
    admin.post(pages.of(target, "delete"), {"post": "yes"})
    assert not Target.objects.exists()
    assert AuditEvent.objects.latest("id").type == "target.removed"


def test_a_strategy_takes_targets_of_its_own_integration(admin, target):
    typed = {"name": "everything", "integration": target.integration_id, "targets": [target.pk]}
    admin.post(pages.of_add("strategy"), typed)
    assert list(Strategy.objects.get().targets.all()) == [target]
    assert AuditEvent.objects.latest("id").data["facts"]["targets"] == ["prod"]


def test_a_strategy_refuses_targets_of_another_integration_by_name(admin, target):
    typed = {"name": "mixed", "integration": other_integration().pk, "targets": [target.pk]}
    response = admin.post(pages.of_add("strategy"), typed)
    assert pages.errors(response) == {"targets": ["This target belongs to another integration than other: prod."]}
    assert not Strategy.objects.exists()


def test_the_targets_taken_out_of_a_strategy_are_in_the_log(admin, flow):
    strategy = flow.strategy
    admin.post(pages.of(strategy), {"name": strategy.name, "targets": []})
    assert AuditEvent.objects.latest("id").data["changes"] == {"targets": {"from": ["prod"], "to": []}}


def test_a_strategy_that_a_flow_uses_keeps_its_integration_and_is_not_removed(admin, flow):
    strategy, other = flow.strategy, other_integration()
    admin.post(pages.of(strategy), {"name": strategy.name, "integration": other.pk, "targets": []})
    strategy.refresh_from_db()
    assert strategy.integration != other
    response = admin.post(pages.of(strategy, "delete"), {"post": "yes"})
    assert "Flow: Production access" in pages.text(response)
    assert Strategy.objects.exists()


def test_the_fallback_role_cannot_be_made_a_target(admin, integration):
    picked = role("Staging")
    Integration.objects.update(fallback_role_id=picked.external_id)
    page = admin.post("/admin/access/target/add/", typed(picked))
    assert "is the fallback role" in page.content.decode()
    assert not Target.objects.filter(role_id=picked.external_id).exists()
