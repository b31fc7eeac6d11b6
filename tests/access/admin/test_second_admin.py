"""`SETUP_SECOND_ADMIN`: no admin changes alone what decides who gets in. Another one confirms, or nothing happens."""

from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from social_django.models import UserSocialAuth

from access.admin import site
from access.config import proposals
from access.core import admin_only
from access.core.errors import NotAllowed
from access.models import AuditEvent, DirectoryPerson, Flow, Notification, Proposal, Secret, User, UserMapping
from access.notify import read_log
from access.people import tokens
from access.people.rules import check_can_set_up, check_maps_by_command
from portal import checks
from tests import factories
from tests.access.admin import pages
from tests.access.admin.test_admin_only import posts
from tests.access.admin.test_people import typed as typed_person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def second_admin(settings):
    settings.SETUP_SECOND_ADMIN = True
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]


@pytest.fixture
def nora():
    return User.objects.create_superuser("nora@example.com", name="Nora Lind")


def as_(client, person):
    client.force_login(person)
    return client


def confirm(client, person, proposal, **more):
    return as_(client, person).post(f"/admin/access/proposal/{proposal.pk}/confirm/", follow=True, **more)


def everything():
    names = {model._meta.model_name for model in site._registry} | set(admin_only.DECIDES)
    found = [one for one in apps.get_app_config("access").get_models() if one._meta.model_name in names]
    return [list(one._base_manager.order_by("pk").values()) for one in found if one not in (AuditEvent, Proposal)]


def test_a_change_is_a_proposal_with_old_and_new_and_what_it_means(admin, flow, rita, adam, olga):
    before = everything()
    [stage] = flow.stages.all()
    answer = admin.post(pages.of(flow), pages.typed(flow, **{"stages-0-people": [rita.pk]}), follow=True)
    assert everything() == before
    row = Proposal.objects.get()
    assert (row.by, row.state) == (olga, "open")
    shown = pages.text(answer)
    assert "waits for another admin" in shown
    assert "was changed successfully" not in shown
    assert "rita@example.com may approve prod" in shown
    assert "adam@example.com may no longer approve prod" in shown
    assert "Adam Novak" in shown
    assert "you proposed this" in shown.lower()
    assert stage.pools.get().people.get() == adam


def test_another_admin_confirms_and_it_is_done_as_theirs_with_both_in_the_log(admin, flow, rita, olga, nora, client):
    admin.post(pages.of(flow), pages.typed(flow, **{"stages-0-people": [rita.pk]}))
    row = Proposal.objects.get()
    assert "is confirmed" in pages.text(confirm(client, nora, row))
    assert Flow.objects.get().stages.get().pools.get().people.get() == rita
    row.refresh_from_db()
    assert (row.state, row.settled_by, row.sealed) == ("confirmed", nora, "")
    changed = AuditEvent.objects.get(type="flow.changed")
    assert (changed.actor, changed.data["through"]) == (nora.email, row.ref)
    told = AuditEvent.objects.get(type="proposal.confirmed")
    assert (told.actor_id, told.data["proposed_by_id"]) == (nora.pk, olga.pk)


def test_nobody_confirms_their_own(admin, jon, olga, client):
    admin.post(pages.of(jon), typed_person(jon, is_superuser="on", is_staff="on"))
    row = Proposal.objects.get()
    confirm(client, olga, row)
    assert not User.objects.get(pk=jon.pk).is_superuser
    with pytest.raises(NotAllowed):
        proposals.confirm(row, by=olga, now=timezone.now(), replay=lambda *_all: None)


def test_only_admins_confirm_or_decline(admin, jon, adam, client):
    admin.post(pages.of(jon), typed_person(jon, name="J."))
    row = Proposal.objects.get()
    staff = factories.person("stella", is_staff=True)
    for who in (adam, staff):
        for verb in ("confirm", "decline"):
            assert as_(client, who).post(f"/admin/access/proposal/{row.pk}/{verb}/", {"reason": "x"}).status_code == 403
    assert User.objects.get(pk=jon.pk).name == jon.name


def test_what_it_was_based_on_has_to_be_so_still(admin, jon, nora, client):
    admin.post(pages.of(jon), typed_person(jon, name="J."))
    User.objects.filter(pk=jon.pk).update(name="Jonathan")
    row = Proposal.objects.get()
    assert "has changed since" in pages.text(confirm(client, nora, row))
    assert User.objects.get(pk=jon.pk).name == "Jonathan"
    assert Proposal.objects.get().state == "open"
    assert not AuditEvent.objects.filter(type="proposal.confirmed").exists()


def test_what_it_means_has_to_be_so_still(admin, flow, rita, nora, client):
    """The group is named on the flow, and others are in it by the time of the confirmation than were shown."""
    leads = factories.group("Leads", rita)
    admin.post(pages.of(flow), pages.typed(flow, **{"stages-0-groups": [leads.pk]}))
    leads.members.add(factories.person("mallory"))
    assert "has changed since" in pages.text(confirm(client, nora, Proposal.objects.get()))
    assert not flow.stages.get().pools.get().groups.exists()


def test_a_hidden_value_that_changed_meanwhile_is_noticed_too(admin, nora, client):
    Secret.objects.create(name="signing", source="stored", sealed="x")
    row = Secret.objects.get(name="signing")
    for value in ("first", "second"):
        admin.post(pages.of(row), {"name": "signing", "source": "stored", "value": value})
    first, second = Proposal.objects.order_by("pk")
    confirm(client, nora, second)
    assert Secret.objects.get(name="signing").value() == "second"
    confirm(client, nora, first)
    assert Secret.objects.get(name="signing").value() == "second"


def test_a_secret_that_is_proposed_is_kept_sealed_and_shown_nowhere(admin, nora, client):
    answer = admin.post(
        pages.of_add("secret"), {"name": "bot", "source": "stored", "value": "hunter2-hunter2"}, follow=True
    )
    kept = str([list(Proposal.objects.values()), list(AuditEvent.objects.values())])
    assert "hunter2" not in kept + answer.content.decode()
    confirm(client, nora, Proposal.objects.get())
    assert Secret.objects.get().value() == "hunter2-hunter2"


def test_the_same_again_is_the_proposal_that_waits(admin, jon):
    for _again in range(2):
        admin.post(pages.of(jon), typed_person(jon, name="J."))
    assert Proposal.objects.count() == 1


def test_it_is_declined_with_a_reason(admin, jon, olga, nora, client):
    admin.post(pages.of(jon), typed_person(jon, name="J."))
    row = Proposal.objects.get()
    as_(client, nora).post(f"/admin/access/proposal/{row.pk}/decline/", {"reason": " "})
    assert Proposal.objects.get().state == "open"
    client.post(f"/admin/access/proposal/{row.pk}/decline/", {"reason": "Jon is Jon."})
    row.refresh_from_db()
    assert (row.state, row.reason, row.settled_by) == ("declined", "Jon is Jon.", nora)
    assert "settled already" in pages.text(confirm(client, nora, row))
    assert AuditEvent.objects.get(type="proposal.declined").data["reason"] == "Jon is Jon."


def test_it_lapses_after_a_week_and_can_no_longer_be_confirmed(admin, jon, nora):
    admin.post(pages.of(jon), typed_person(jon, name="J."))
    row = Proposal.objects.get()
    later = timezone.now() + timedelta(days=7, minutes=1)
    assert list(proposals.due(later)) == [row.pk]
    with pytest.raises(Exception, match="lapsed"):
        proposals.confirm(row, by=nora, now=later, replay=lambda *_all: None)
    proposals.lapse(row, now=timezone.now())
    assert Proposal.objects.get().state == "open"
    proposals.lapse(row, now=later)
    assert Proposal.objects.get().state == "lapsed"
    assert AuditEvent.objects.filter(type="proposal.lapsed").count() == 1


def test_one_of_somebody_who_is_no_admin_any_more_is_not_confirmed(admin, jon, olga, nora, client):
    admin.post(pages.of(jon), typed_person(jon, name="J."))
    User.objects.filter(pk=olga.pk).update(is_superuser=False)
    assert "no admin any more" in pages.text(confirm(client, nora, Proposal.objects.get()))


def test_the_other_admins_are_told_and_later_who_proposed_it(admin, jon, olga, nora, client, settings):
    settings.EMAIL_IS_SET = True
    admin.post(pages.of(jon), typed_person(jon, name="J."))
    read_log.read(now=timezone.now())
    assert {one.recipient for one in Notification.objects.filter(kind="proposed")} == {nora}
    confirm(client, nora, Proposal.objects.get())
    read_log.read(now=timezone.now())
    assert {one.recipient for one in Notification.objects.filter(kind="proposed")} == {nora, olga}


def test_no_address_of_the_admin_changes_what_decides_alone(admin, flow, now):
    """Whatever is sent, and however little: nothing of the set-up is another afterwards."""
    addresses = [one for one in posts(now) if not one.endswith(("/test/", "/sync/")) and "/proposal/" not in one]
    before = everything()
    sent = {"name": "x", "label": "x", "post": "yes", "email": "x@example.com", "source": "env", "location": "X"}
    for one in addresses:
        admin.post(one, sent)
        assert everything() == before, one


def test_a_file_of_mappings_an_action_and_a_link_are_proposed_and_confirmed(admin, jon, nora, integration, client):
    mapping = factories.mapping(jon)
    other = DirectoryPerson.objects.create(
        integration=integration, external_id="u-9", email="nine@example.com", name="", verified=True
    )
    data = f"integration,email,account_id\n{integration.name},{jon.email},{other.external_id}\n".encode()
    page = admin.post("/admin/access/usermapping/import/", {"file": SimpleUploadedFile("m.csv", data)})
    admin.post("/admin/access/usermapping/apply/", {"seen": page.context["plan"].seen})
    assert UserMapping.objects.get(user=jon).account_id == mapping.account_id
    confirm(client, nora, Proposal.objects.get())
    assert UserMapping.objects.get(user=jon).account_id == "u-9"
    client.post(pages.of_list("usermapping"), {"action": "match_again", "_selected_action": [mapping.pk], "index": "0"})
    assert UserMapping.objects.get(user=jon).account_id == "u-9"
    client.post(f"/admin/access/user/{jon.pk}/invite/")
    link = Proposal.objects.latest("pk")
    shown = confirm(client, User.objects.get(email="olga@example.com"), link)
    assert "/invitation/" in pages.text(shown)


def test_deactivating_and_trying_need_nobody_else(admin, jon, olga):
    admin.post(pages.of_list("user"), {"action": "deactivate", "_selected_action": [jon.pk], "index": "0"})
    assert not User.objects.get(pk=jon.pk).is_active
    assert not Proposal.objects.exists()


def test_a_form_that_is_wrong_or_changes_nothing_is_no_proposal(admin, jon):
    assert "email" in pages.errors(admin.post(pages.of(jon), typed_person(jon, email="none")))
    assert admin.post(pages.of(jon), typed_person(jon)).status_code == 302
    assert not Proposal.objects.exists()


def test_other_ways_by_hand_are_closed(olga):
    with pytest.raises(NotAllowed, match="Another admin"):
        check_can_set_up(by=olga)
    with pytest.raises(NotAllowed, match="Another admin"):
        check_maps_by_command()


def call(client, person, by, body, name="prod"):
    bot_token = tokens.issue(
        person=person, actor=by, label="t", scopes=["configure"], expires_at=timezone.now() + timedelta(days=1),
        now=timezone.now(),
    )[1]  # fmt: skip
    return client.put(
        f"/api/v1/config/sym_target/{name}", body, content_type="application/json",
        headers={"Authorization": f"Bearer {bot_token}", "If-Match": "*"},
    )  # fmt: skip


def test_the_api_proposes_and_says_so_and_after_it_is_confirmed_the_same_call_changes_nothing(
    client, flow, olga, nora
):  # fmt: skip
    target = factories.target()
    body = {"type": "aptible_role", "label": "Changed", "settings": {"role_id": target.role_id}}
    answer = call(client, olga, olga, body)
    assert answer.status_code == 409
    row = Proposal.objects.get()
    assert row.ref in answer.json()["detail"]
    target.refresh_from_db()
    assert target.label == "Prod"
    confirm(client, nora, row)
    target.refresh_from_db()
    assert target.label == "Changed"
    assert call(client, olga, olga, body).status_code == 200


def test_who_issued_a_bot_s_token_is_not_its_second_pair_of_eyes(client, flow, olga, nora):
    bot = User.objects.create_superuser("bot@example.com", is_bot=True)
    target = factories.target()
    call(client, bot, olga, {"type": "aptible_role", "label": "Mine", "settings": {"role_id": target.role_id}})
    row = Proposal.objects.get()
    assert "another admin has to confirm" in pages.text(confirm(client, olga, row))
    confirm(client, nora, row)
    target.refresh_from_db()
    assert target.label == "Mine"


def test_a_deploy_check_names_it(settings):
    assert "usher.W020" not in [one.id for one in checks.production()]
    settings.ENCRYPTION_KEYS = []
    assert "usher.E037" in [one.id for one in checks.production()]
    settings.SETUP_SECOND_ADMIN = False
    assert "usher.W020" in [one.id for one in checks.production()]


def test_an_action_that_needs_another_admin_does_not_hide_behind_one_that_does_not(admin, jon):
    mapping = UserSocialAuth.objects.create(user=jon, provider="oidc", uid="1")
    sent = {"action": ["forget_matches", "deactivate"], "index": "0", "_selected_action": [jon.pk]}
    admin.post(pages.of_list("user"), sent)
    assert UserSocialAuth.objects.filter(pk=mapping.pk).exists()
    assert Proposal.objects.count() == 1
