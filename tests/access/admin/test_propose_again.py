"""What was declined or has lapsed is not lost: its form comes filled in, without its secrets, to be proposed again."""

import json

import pytest
from cryptography.fernet import Fernet

from access.config import proposals
from access.core.errors import NotAllowed
from access.directory import secrets
from access.models import Proposal, Secret, User
from tests import factories
from tests.access.admin import pages
from tests.access.admin.test_people import typed as typed_person
from tests.access.admin.test_second_admin import as_, confirm, everything

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def second_admin(settings):
    settings.SETUP_SECOND_ADMIN = True
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]


@pytest.fixture
def nora():
    return User.objects.create_superuser("nora@example.com", name="Nora Lind")


@pytest.fixture
def declined(admin, jon, nora, client):
    """Olga proposed another name for Jon, and Nora declined it. Each browser is one's own."""
    admin.post(pages.of(jon), typed_person(jon, name="Jon R."))
    row = Proposal.objects.get()
    client.force_login(nora)
    client.post(f"/admin/access/proposal/{row.pk}/decline/", {"reason": "In full, please."})
    row.refresh_from_db()
    return row


def again(row):
    return f"/admin/access/proposal/{row.pk}/again/"


def test_what_was_declined_can_be_changed_and_proposed_again(admin, declined, jon, olga, client):
    as_(client, olga)
    assert again(declined) in client.get(f"/admin/access/proposal/{declined.pk}/change/").content.decode()
    before = everything()
    shown = client.get(again(declined))
    assert 'value="Jon R."' in shown.content.decode()
    assert f'action="{pages.of(jon)}"' in shown.content.decode()
    assert "In full, please." in pages.text(shown)
    assert everything() == before
    assert Proposal.objects.count() == 1

    client.post(pages.of(jon), typed_person(jon, name="Jonathan Reyes"))
    new = Proposal.objects.exclude(pk=declined.pk).get()
    assert (new.state, new.by) == ("open", olga)
    assert "Jonathan Reyes" in str(new.events)


def test_what_lapsed_can_be_proposed_again_and_what_waits_or_was_confirmed_cannot(admin, jon, nora, olga, client):
    admin.post(pages.of(jon), typed_person(jon, name="J."))
    row = Proposal.objects.get()
    as_(client, olga)
    assert client.get(again(row)).status_code == 302
    proposals.lapse(row, now=row.lapses_at)
    assert 'value="J."' in client.get(again(row)).content.decode()
    admin.post(pages.of(jon), typed_person(jon, name="J."))
    second = Proposal.objects.get(state="open")
    confirm(client, nora, second)
    second.refresh_from_db()
    assert (second.state, second.sealed) == ("confirmed", "")
    assert client.get(again(second)).status_code == 302


def test_only_admins_see_the_form_of_what_was_declined(declined, adam, client):
    for who in (adam, factories.person("stella", is_staff=True)):
        assert as_(client, who).get(again(declined)).status_code == 403
    with pytest.raises(NotAllowed):
        proposals.form_of(declined, by=adam)


def test_no_secret_stays_of_what_was_declined(admin, nora, olga, client):
    typed = {"name": "other", "source": "stored", "location": "", "json_key": "", "value": "hush-hush"}
    admin.post("/admin/access/secret/add/", typed)
    row = Proposal.objects.get()
    as_(client, nora).post(f"/admin/access/proposal/{row.pk}/decline/", {"reason": "No."})
    row.refresh_from_db()
    kept = proposals.form_of(row, by=nora)
    assert "hush" not in str(kept)
    assert "other" in str(kept)
    shown = client.get(again(row)).content.decode()
    assert 'value="other"' in shown
    assert "hush" not in shown
    assert not Secret.objects.filter(name="other").exists()


def test_what_was_declined_of_a_list_leads_to_the_list(declined, olga, client):
    sent = proposals.form_of(declined, by=olga) | {"path": "/admin/access/user/"}
    Proposal.objects.filter(pk=declined.pk).update(sealed=secrets.seal(json.dumps(sent)))
    answer = as_(client, olga).get(again(declined))
    assert (answer.status_code, answer["Location"]) == (302, "/admin/access/user/")
