"""User mappings in the admin: what is missing is found, and an account is picked by search."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from access.core.errors import Conflict
from access.models import AuditEvent, DirectoryPerson, UserMapping
from access.people import mappings
from tests import factories
from tests.access.admin import pages

pytestmark = pytest.mark.django_db


@pytest.fixture
def mapping(jon, integration):
    return factories.mapping(jon)


@pytest.fixture
def missing(rita, integration):
    return UserMapping.objects.create(user=rita, integration=integration, problem="missing")


def account(email: str) -> DirectoryPerson:
    return DirectoryPerson.objects.get(email=email)


def test_an_account_is_set_by_hand_through_the_one_service(admin, missing, olga):
    admin.post(pages.of(missing), {"account": account("rita@example.com").pk})

    missing.refresh_from_db()
    assert missing.account_id == account("rita@example.com").external_id
    assert (missing.method, missing.problem) == ("manual", "")
    event = AuditEvent.objects.latest("id")
    assert (event.type, event.actor, event.subject) == ("mapping.set", olga.email, "person:rita@example.com")
    assert AuditEvent.objects.count() == 1


def test_saving_without_a_change_pins_nothing_anew(admin, mapping):
    admin.post(pages.of(mapping), {"account": account("jon@example.com").pk})
    mapping.refresh_from_db()
    assert mapping.method == "email"
    assert not AuditEvent.objects.exists()


def test_a_mapping_is_added_for_a_person_and_an_account(admin, rita, integration):
    response = admin.post(
        pages.of_add("usermapping"), {"user": rita.pk, "account": account("rita@example.com").pk}, follow=True
    )
    made = UserMapping.objects.get()
    assert (made.user, made.integration, made.method) == (rita, integration, "manual")
    assert response.status_code == 200


def test_an_account_of_somebody_else_is_a_sentence_with_the_name(admin, mapping, missing):
    for address, data in ((pages.of(missing), {}), (pages.of_add("usermapping"), {"user": missing.user_id})):
        response = admin.post(address, {**data, "account": account("jon@example.com").pk})
        assert pages.errors(response) == {"account": ["This account belongs to Jon Reyes already."]}
    missing.refresh_from_db()
    assert missing.account_id == ""


def test_an_account_that_is_gone_is_refused_and_one_that_went_is_left(admin, mapping, missing, now):
    DirectoryPerson.objects.update(gone_at=now)
    response = admin.post(pages.of(missing), {"account": account("rita@example.com").pk})
    assert pages.errors(response) == {"account": ["This account is gone from main-aptible-integration."]}
    assert admin.post(pages.of(mapping), {"account": account("jon@example.com").pk}).status_code == 302


def test_an_account_has_to_be_picked(admin, missing):
    assert pages.errors(admin.post(pages.of(missing), {"account": ""})) == {"account": ["This field is required."]}
    assert "account" in pages.errors(admin.post(pages.of(missing), {"account": "e600a449"}))


def test_somebody_who_was_faster_is_named(admin, missing, monkeypatch):
    def taken(**_kwargs):
        raise Conflict("This account belongs to Jon Reyes already.")

    monkeypatch.setattr(mappings, "set_by_hand", taken)
    response = admin.post(pages.of(missing), {"account": account("rita@example.com").pk})
    assert response.status_code == 409
    assert "This account belongs to Jon Reyes already." in pages.text(response)


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ("mapped", {"jon"}),
        ("unmapped", {"rita", "adam"}),
        ("missing", {"rita"}),
        ("ambiguous", {"adam"}),
        ("taken", set()),
    ],
)
def test_the_list_is_narrowed_to_what_needs_care(admin, mapping, missing, adam, state, shown):
    UserMapping.objects.create(user=adam, integration=mapping.integration, problem="ambiguous")
    rows = admin.get(pages.of_list("usermapping"), {"state": state}).context["cl"].result_list
    assert {row.user.email.partition("@")[0] for row in rows} == shown


def test_the_list_is_searched_by_person(admin, mapping, missing):
    rows = admin.get(pages.of_list("usermapping"), {"q": "reyes"}).context["cl"].result_list
    assert [row.user.email for row in rows] == ["jon@example.com"]


def test_matching_again_forgets_what_was_set_by_hand(admin, mapping, olga):
    UserMapping.objects.update(account_id="set-by-hand", method="manual")
    response = admin.post(pages.of(mapping, "match"), follow=True)

    mapping.refresh_from_db()
    assert (mapping.account_id, mapping.method) == (account("jon@example.com").external_id, "email")
    assert pages.told(response) == ["1 person has an account."]
    assert [one.type for one in AuditEvent.objects.order_by("id")] == ["mapping.unset", "mapping.set"]


def test_matching_again_says_who_was_not_matched_and_why(admin, mapping, missing):
    DirectoryPerson.objects.filter(email="rita@example.com").delete()
    chosen = {"action": "match_again", "_selected_action": [mapping.pk, missing.pk], "index": "0"}
    response = admin.post(pages.of_list("usermapping"), chosen, follow=True)
    assert pages.told(response) == [
        "1 person has an account.",
        "Not matched: Rita Moss (No account has this e-mail).",
    ]


def test_matching_again_that_breaks_keeps_the_account(admin, mapping, monkeypatch):
    before = mapping.account_id
    monkeypatch.setattr(mappings, "match", factories.breaks)
    with pytest.raises(RuntimeError):
        admin.post(pages.of(mapping, "match"))
    mapping.refresh_from_db()
    assert mapping.account_id == before
    assert not AuditEvent.objects.exists()


def test_the_button_is_a_form_for_those_who_may(client, mapping, jon, olga):
    button = pages.of(mapping, "match")
    assert client.post(button).url.startswith(reverse("login"))
    client.force_login(jon)
    assert client.post(button).status_code == 403
    staff = factories.person("stella", is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="view_usermapping"))
    client.force_login(staff)
    assert client.post(button).status_code == 403
    client.force_login(olga)
    assert client.get(button).status_code == 405
    assert client.post(reverse("admin:access_usermapping_match", args=[10**9])).status_code == 404


def test_a_mapping_is_not_deleted(admin, mapping):
    assert admin.post(pages.of(mapping, "delete"), {"post": "yes"}).status_code == 403
    assert UserMapping.objects.exists()


def test_the_history_of_a_mapping_is_that_of_its_person(admin, mapping):
    response = admin.get(pages.of(mapping, "history"))
    assert response.url == f"{pages.of_list('auditevent')}?q=person%3Ajon%40example.com"
