"""The page on which people choose what they are told."""

from urllib.parse import quote

import pytest
from django.urls import reverse

from access.models import Channel, MutedTopic, User
from access.notify import preferences
from tests import factories

pytestmark = pytest.mark.django_db
ALL = {"review": "yes", "own": "yes", "reminders": "yes"}


@pytest.fixture
def account(client, jon):
    """Jon's page: without data it is read, with data it is sent."""
    client.force_login(jon)

    def visit(data=None):
        return client.post(reverse("account"), data) if data is not None else client.get(reverse("account"))

    return visit


def muted(user):
    return preferences.muted(user, channel=Channel.EMAIL)


def test_it_needs_somebody_signed_in(client):
    assert reverse("login") in client.get(reverse("account")).url


def test_it_shows_what_was_chosen(account, jon):
    MutedTopic.objects.create(user=jon, channel="email", topic="own")
    fields = account().context["form"]
    assert {field.name: field.value() for field in fields} == {
        "zone": "", "review": "yes", "own": "no", "reminders": "yes",
    }  # fmt: skip


def test_a_choice_is_kept_and_said(account, jon):
    response = account({**ALL, "own": "no"})
    assert response.url == reverse("account")
    assert muted(jon) == {"own"}
    assert "Your choice is kept." in account().content.decode()
    account(ALL)
    assert muted(jon) == set()


@pytest.mark.parametrize("data", [{}, {"review": "yes"}, {**ALL, "own": "perhaps"}])
def test_what_is_missing_or_nonsense_changes_nothing_and_is_said(account, jon, data):
    MutedTopic.objects.create(user=jon, channel="email", topic="own")
    response = account(data)
    assert response.status_code == 400
    assert 'role="alert"' in response.content.decode()
    assert muted(jon) == {"own"}


def test_only_admins_are_offered_trouble_and_told_what_always_comes(client, account, jon, olga):
    page = account().content.decode()
    assert 'name="trouble"' not in page
    assert "Admins are always told" not in page
    client.force_login(olga)
    page = client.get(reverse("account")).content.decode()
    assert 'name="trouble"' in page
    assert "Admins are always told" in page


def test_somebody_who_is_no_admin_can_not_choose_for_admins(account, jon):
    account({**ALL, "trouble": "no"})
    assert muted(jon) == set()


@pytest.mark.parametrize("is_set", [True, False])
def test_it_says_when_there_is_no_mail_server(account, settings, is_set):
    settings.EMAIL_IS_SET = is_set
    assert ("No mail server is set up here" in account().content.decode()) is not is_set


def test_every_page_leads_there(client, jon):
    client.force_login(jon)
    assert f'href="{reverse("account")}"' in client.get(reverse("home")).content.decode()


def test_one_choice_holds_for_mail_and_slack(slack_workspace, client, adam):
    client.force_login(adam)
    assert "What you are told by e-mail and in Slack" in client.get(reverse("account")).content.decode()
    client.post(reverse("account"), {"review": "no", "own": "yes", "reminders": "yes"})
    assert set(MutedTopic.objects.filter(user=adam).values_list("channel", "topic")) == {
        ("email", "review"), ("slack", "review"),
    }  # fmt: skip


def test_the_zone_of_the_browser_is_kept_and_one_that_is_chosen_goes_first(account, client, jon):
    client.cookies["usher_zone"] = "Asia%2FTokyo"
    assert "As in my browser (Asia/Tokyo)" in account().content.decode()
    jon.refresh_from_db()
    assert jon.time_zone == "Asia/Tokyo"

    account({**ALL, "zone": "America/New_York"})
    jon.refresh_from_db()
    assert (jon.time_zone, jon.browser_zone) == ("America/New_York", "Asia/Tokyo")
    account({**ALL, "zone": ""})
    jon.refresh_from_db()
    assert jon.time_zone == "Asia/Tokyo"


@pytest.mark.parametrize("name", ["Mars/Olympus", "../../etc/passwd", "x" * 100, "\x00"])
def test_a_zone_that_is_none_is_neither_kept_nor_chosen(account, client, jon, name):
    client.cookies["usher_zone"] = quote(name)
    assert account().status_code == 200
    assert account({**ALL, "zone": name}).status_code == 400
    jon.refresh_from_db()
    assert jon.time_zone == "UTC"


def test_single_keys_are_switched_off_and_on_and_remembered_with_the_person(client, jon, adam):
    client.force_login(jon)
    page = client.get(reverse("account")).content.decode()
    assert 'aria-keyshortcuts="Meta+K Control+K /"' in page
    assert "data-keys" not in page
    told = client.post(reverse("account-keys"), {"keys": "off"}, follow=True).content.decode()
    assert "Keys are off." in told
    assert 'aria-keyshortcuts="Meta+K Control+K"' in told
    assert 'data-keys="off"' in told
    adam.refresh_from_db()
    assert adam.single_keys
    client.post(reverse("account-keys"), {"keys": "on"})
    jon.refresh_from_db()
    assert jon.single_keys


@pytest.mark.parametrize("sent", [{}, {"keys": "perhaps"}])
def test_keys_that_are_neither_on_nor_off_stay_as_they_are(client, jon, sent):
    client.force_login(jon)
    assert client.post(reverse("account-keys"), sent).status_code == 400
    jon.refresh_from_db()
    assert jon.single_keys


def test_an_auditor_may_switch_them_off_too(client, db):
    who = factories.person("audra")
    User.objects.filter(pk=who.pk).update(is_auditor=True)
    client.force_login(User.objects.get(pk=who.pk))
    assert "Switch them off" in client.get(reverse("account")).content.decode()
    client.post(reverse("account-keys"), {"keys": "off"})
    assert not User.objects.get(pk=who.pk).single_keys
