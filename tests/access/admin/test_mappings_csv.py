"""User mappings as files in the admin: out at once, in after a look at every change."""

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from access.admin import mapping_csv
from access.core.errors import Conflict
from access.models import AuditEvent, DirectoryPerson, UserMapping
from access.people import mappings_csv
from tests import factories
from tests.access.admin import pages
from tests.access.people.mapping_files import MAIN, account, current, everything, file

pytestmark = pytest.mark.django_db

PAGES = ("export", "import", "apply")


def address(page: str) -> str:
    return reverse(f"admin:access_usermapping_{page}")


@pytest.fixture
def jons(jon):
    """The id of Jon's account, and a new one for him."""
    account("u-1", "new@example.com")
    return factories.mapping(jon).account_id


@pytest.fixture
def upload(admin):
    def upload(data: bytes, name: str = "mappings.csv"):
        return admin.post(address("import"), {"file": SimpleUploadedFile(name, data)})

    return upload


def seen(response):
    return response.context["plan"].seen


def test_nobody_who_is_not_signed_in_gets_to_a_file(client):
    for page in PAGES:
        assert client.get(address(page), follow=True).redirect_chain[-1][0].startswith(reverse("login"))


def test_somebody_who_may_not_open_the_admin_is_turned_away(client, rita):
    client.force_login(rita)
    for page in PAGES:
        assert client.get(address(page)).status_code == 403


def test_staff_need_the_right_to_see_or_to_change(client, jons):
    stella = factories.person("stella", is_staff=True)
    client.force_login(stella)
    assert client.get(address("export")).status_code == 403
    stella.user_permissions.add(*Permission.objects.filter(codename__in=["view_usermapping", "change_usermapping"]))

    assert client.get(address("export")).status_code == 200
    assert client.get(address("import")).status_code == 403
    assert client.post(address("apply")).status_code == 403
    assert address("import") not in client.get(pages.of_list("usermapping")).content.decode()


def test_another_method_is_refused(admin):
    assert admin.post(address("export")).status_code == 405
    assert admin.put(address("import")).status_code == 405
    assert admin.get(address("apply")).status_code == 405


def test_the_list_leads_to_both(admin, jons):
    page = admin.get(pages.of_list("usermapping")).content.decode()
    assert address("export") in page
    assert address("import") in page


def test_an_export_is_the_commands_file(admin, jons):
    response = admin.get(address("export"))
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="user-mappings.csv"'
    assert "no-store" in response["Cache-Control"]
    assert b"".join(response.streaming_content).decode() == "".join(mappings_csv.lines())


def test_a_file_is_looked_at_first_and_then_applied(admin, upload, jons, jon, olga):
    data = file(f"{MAIN},jon@example.com,u-1,")
    rows = everything()
    preview = upload(data)

    shown = pages.text(preview)
    assert "1 user mapping will change." in shown
    assert f"2 jon@example.com {MAIN} jon@example.com {jons} new@example.com u-1" in shown
    assert (everything(), AuditEvent.objects.count()) == (rows, 0)

    response = admin.post(address("apply"), {"seen": seen(preview)}, follow=True)

    assert response.redirect_chain == [(pages.of_list("usermapping"), 302)]
    assert pages.told(response) == ["1 user mapping was changed."]
    assert current() == {(MAIN, jon.email): "u-1"}
    event = AuditEvent.objects.get()
    assert (event.type, event.actor) == ("mapping.set", olga.email)
    assert event.data["file"] == mappings_csv.plan(data).sha256


def test_a_file_waits_no_longer_than_it_must(admin, upload, jons):
    preview = upload(file(f"{MAIN},jon@example.com,u-1,"))
    assert mapping_csv.KEPT in admin.session
    admin.get(address("import"))
    assert mapping_csv.KEPT not in admin.session

    preview = upload(file(f"{MAIN},jon@example.com,u-1,"))
    admin.post(address("apply"), {"seen": seen(preview)})
    assert mapping_csv.KEPT not in admin.session


def test_every_line_that_is_wrong_is_shown_and_nothing_is_kept(admin, upload, jons):
    rows = everything()
    response = upload(file(f"{MAIN},nobody@example.com,u-1,", f"{MAIN},jon@example.com,u-<b>9,"))
    assert response.status_code == 400
    shown = pages.text(response)
    assert "Line 2: Nobody here has the e-mail “nobody@example.com”." in shown
    assert f"Line 3: {MAIN} has no account with the id “u-<b>9”." in shown
    assert "<b>9" not in response.content.decode()
    assert mapping_csv.KEPT not in admin.session
    assert everything() == rows


def test_a_file_that_changes_nothing_says_so(upload, jons):
    response = upload(file(f"{MAIN},jon@example.com,{jons},"))
    assert response.status_code == 200
    assert "There is nothing to change" in pages.text(response)


def test_what_is_left_out_is_shown(upload, integration, jons):
    header = f"aptible:{integration.external_id},slack:T1,sym:cloud,User ID"
    response = upload(file("u-1,U1,jon@example.com,a1", header=header))
    assert "The column “slack:T1” is left out" in pages.text(response)


def test_changes_that_are_others_now_are_shown_again_and_not_made(admin, upload, jons, adam):
    preview = upload(file(f"{MAIN},jon@example.com,u-1,", f"{MAIN},adam@example.com,,adam@example.com"))
    factories.mapping(adam)

    response = admin.post(address("apply"), {"seen": seen(preview)})

    assert response.status_code == 409
    assert pages.told(response) == ["The user mappings have changed since you looked. Look at the changes again."]
    assert [change.user.email for change in response.context["plan"].changes] == ["jon@example.com"]
    assert not AuditEvent.objects.filter(data__method="imported").exists()
    assert admin.post(address("apply"), {"seen": seen(response)}).status_code == 302


@pytest.mark.parametrize("said", [{}, {"seen": ""}, {"seen": "0" * 64}])
def test_nothing_is_applied_that_was_not_seen(admin, upload, jons, said):
    rows = everything()
    upload(file(f"{MAIN},jon@example.com,u-1,"))
    assert admin.post(address("apply"), said).status_code == 409
    assert everything() == rows


def test_applying_without_a_file_or_twice_is_a_sentence(admin, upload, jons):
    preview = upload(file(f"{MAIN},jon@example.com,u-1,"))
    admin.post(address("apply"), {"seen": seen(preview)}, follow=True)
    response = admin.post(address("apply"), {"seen": seen(preview)})
    assert response.status_code == 409
    assert pages.told(response) == ["There is no file waiting to be imported. Choose it again."]


def test_somebody_who_was_first_is_a_sentence(admin, upload, jons, monkeypatch):
    preview = upload(file(f"{MAIN},jon@example.com,u-1,"))

    def first(*_args, **_kwargs):
        raise Conflict("Someone else was first.")

    monkeypatch.setattr(mappings_csv, "apply", first)
    response = admin.post(address("apply"), {"seen": seen(preview)})
    assert (response.status_code, pages.told(response)) == (409, ["Someone else was first."])


def test_a_file_that_is_too_large_is_a_sentence(upload, admin, monkeypatch):
    monkeypatch.setattr(mapping_csv, "MOST_BYTES", 10)
    response = upload(b"x" * 11)
    assert response.status_code == 400
    assert "The file is larger than 2 MB." in pages.text(response)


def test_an_empty_file_and_none_are_a_sentence(upload, admin):
    assert "Line 1: The file is empty." in pages.text(upload(b""))
    assert "This field is required." in pages.text(admin.post(address("import")))


@pytest.mark.parametrize(("state", "shown"), [("left", ["jon"]), ("renamed", ["adam"]), ("unknown", ["rita"])])
def test_the_list_is_narrowed_to_accounts_that_changed(admin, jon, adam, rita, now, state, shown):
    DirectoryPerson.objects.filter(external_id=factories.mapping(jon).account_id).update(gone_at=now)
    DirectoryPerson.objects.filter(external_id=factories.mapping(adam).account_id).update(email="other@example.com")
    factories.mapping(rita, account_id="u-unseen")
    response = admin.get(pages.of_list("usermapping"), {"state": state})
    rows = response.context["cl"].result_list
    assert [row.user.email.partition("@")[0] for row in rows] == shown


def test_an_account_that_was_renamed_can_be_kept(admin, jon, adam, olga):
    mapping, other = factories.mapping(jon), factories.mapping(adam)
    DirectoryPerson.objects.filter(external_id=mapping.account_id).update(email="other@example.com")
    assert "The account has another e-mail now" in pages.text(admin.get(pages.of(mapping)))

    data = {"action": "keep_account", "_selected_action": [mapping.pk, other.pk]}
    response = admin.post(pages.of_list("usermapping"), data, follow=True)

    assert pages.told(response) == ["1 account is kept."]
    assert "The account has another e-mail now" not in pages.text(admin.get(pages.of(mapping)))
    kept = UserMapping.objects.get(pk=mapping.pk)
    assert (kept.account_id, kept.method, kept.email_at_match) == (mapping.account_id, "manual", "other@example.com")
    assert AuditEvent.objects.get().actor == olga.email
