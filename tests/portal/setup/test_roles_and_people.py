"""Roles are ticked, people are let in, and the first flow is opened."""

import pytest
from django.core import mail

from access.core.states import GrantState
from access.models import AuditEvent, DirectoryRole, Flow, Strategy, Target, User, UserMapping
from tests import factories
from tests.portal.pages import HTMX, queries, words

ROLES, PEOPLE = "/setup/roles/", "/setup/people/"
FLOW = {"label": "Production access", "durations": "1h, 4h", "needed": "1"}


def role(name: str) -> int:
    return DirectoryRole.objects.get(name=name).pk


@pytest.fixture
def served(connected):
    """Prod can be asked for."""
    connected.post(ROLES, {"role": [role("Prod")]})
    return connected


def test_each_role_says_what_it_opens_and_who_is_in_it(connected):
    page = words(connected.get(ROLES))
    assert "Prod Custom role prod: Deployment, Ops, Tunnel In it for good: Adam Novak." in page
    assert "It opens everything or is Aptible's own." in page


def test_a_search_narrows_them_and_keeps_what_is_ticked(connected):
    fragment = connected.post(ROLES, {"look": "1", "search": "stag", "role": [role("Prod")]}, headers=HTMX)
    text = words(fragment)
    assert "Prod" in text
    assert "Staging" in text
    assert "Everyone" not in text
    assert not Target.objects.exists()
    assert "No role fits “nothing”." in words(connected.post(ROLES, {"look": "1", "search": "nothing"}))


def test_ticked_roles_become_targets_of_one_strategy(connected):
    assert connected.post(ROLES, {"role": [role("Prod"), role("Staging")]}).url == PEOPLE
    assert set(Target.objects.values_list("name", "label")) == {("prod", "Prod"), ("staging", "Staging")}
    assert Strategy.objects.get().targets.count() == 2


def test_nothing_ticked_is_a_sentence(connected):
    page = connected.post(ROLES, {})
    assert page.status_code == 400
    assert "Tick at least one role that people may ask for." in words(page)


@pytest.mark.parametrize("name", ["Account Owners", "Deploy Owners"])
def test_an_owner_role_is_not_ticked_here_whatever_is_sent(connected, name):
    assert connected.post(ROLES, {"role": [role(name)]}).status_code == 400
    assert not Target.objects.exists()


@pytest.mark.parametrize("sent", ["999999", "x", "9" * 40, ""])
def test_a_role_that_is_none_is_none(connected, sent):
    assert connected.post(ROLES, {"role": [sent]}).status_code == 400


def test_the_list_of_roles_takes_as_many_queries_for_hundreds(connected):
    few = queries(connected, ROLES)
    integration = DirectoryRole.objects.first().integration
    DirectoryRole.objects.bulk_create(
        DirectoryRole(integration=integration, external_id=f"r{n}", name=f"Role {n}", type="platform_user")
        for n in range(300)
    )
    assert queries(connected, ROLES) == few
    assert "more: search to find them." in words(connected.get(ROLES))


def test_people_are_those_of_aptible_without_the_bot(served):
    text = words(served.get(PEOPLE))
    assert "Jon Reyes jon@example.com" in text
    assert "bot@example.com" not in text
    assert "Nobody could approve yet: tick who decides." in text


def test_who_could_approve_is_said_of_what_is_ticked(served):
    sent = {"look": "1", "decides": ["adam@example.com"], **FLOW}
    assert "Could approve: Adam Novak." in words(served.post(PEOPLE, sent, headers=HTMX))
    both = served.post(PEOPLE, {**sent, "needed": "2"}, headers=HTMX)
    assert "Each request needs 2 approvals, and only 1 people" in words(both)


def test_the_flow_is_opened_with_its_people(served, first_admin):
    sent = {**FLOW, "signs_in": ["jon@example.com"], "decides": ["adam@example.com"]}
    assert served.post(PEOPLE, sent).url == "/setup/first-access/"
    flow = Flow.objects.get()
    assert (flow.name, flow.allowed_durations, flow.default_duration) == ("production-access", [3600, 14400], 3600)
    assert [str(one) for one in flow.stages.get().pools.get().people.all()] == ["Adam Novak"]
    jon = User.objects.get(email="jon@example.com")
    assert (jon.is_staff, jon.is_superuser, jon.has_usable_password()) == (False, False, False)
    assert UserMapping.objects.get(user=jon).account_id
    assert "Production access is open for requests." in words(served.get("/setup/first-access/"))


def test_those_who_are_new_are_invited_by_mail_if_one_likes(served, first_admin, settings):
    assert "Invite those who are new by mail" not in words(served.get(PEOPLE))
    settings.EMAIL_IS_SET = True
    assert "Invite those who are new by mail" in words(served.get(PEOPLE))
    User.objects.create_user("rita@example.com", name="Rita Moss")
    sent = {**FLOW, "signs_in": ["jon@example.com", "rita@example.com"], "decides": ["adam@example.com"]}
    served.post(PEOPLE, {**sent, "invite": "on"})
    invited = AuditEvent.objects.filter(type="person.invited_by_mail")
    assert set(invited.values_list("subject", flat=True)) == {"person:jon@example.com", "person:adam@example.com"}


def test_nobody_is_invited_who_was_not_meant_to_be(served, settings):
    settings.EMAIL_IS_SET = True
    served.post(PEOPLE, {**FLOW, "signs_in": ["jon@example.com"], "decides": ["adam@example.com"]})
    assert Flow.objects.exists()
    assert not AuditEvent.objects.filter(type="person.invited_by_mail").exists()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({}, "Nobody could approve yet: tick who decides."),
        ({"decides": ["adam@example.com"], "needed": "2"}, "Each request needs 2 approvals"),
        ({"decides": ["nobody@example.com"]}, "Nobody could approve yet"),
        ({"decides": ["bot@example.com"]}, "Nobody could approve yet"),
        ({"decides": ["adam@example.com"], "durations": "soon"}, "Write durations such as 30m, 1h, 8h."),
        ({"decides": ["adam@example.com"], "durations": "400d"}, "Offer durations of at most 30 days."),
        ({"decides": ["adam@example.com"], "label": " "}, "This field is required."),
    ],
)
def test_what_does_not_fit_is_said_and_nobody_is_let_in(served, wrong, sentence):
    page = served.post(PEOPLE, {**FLOW, "signs_in": ["jon@example.com"], **wrong})
    assert page.status_code == 400
    assert sentence in words(page)
    assert not Flow.objects.exists()
    assert not User.objects.filter(email="jon@example.com").exists()


def test_nothing_is_opened_before_roles_are_chosen(connected):
    assert connected.post(PEOPLE, {**FLOW, "decides": ["adam@example.com"]}).status_code == 409


def test_the_path_ends_with_the_first_confirmed_access(sign_in, olga, flow, now):
    olgas = sign_in(olga)
    assert "What is left is the first access." in words(olgas.get("/")) or "Set up Usher" in words(olgas.get("/"))
    factories.grant(state=GrantState.ACTIVE, now=now)
    assert "Set up Usher" not in words(olgas.get("/"))
    assert "Usher works." in words(olgas.get("/setup/first-access/"))


def test_a_test_message_reaches_the_admin(olgas, settings):
    settings.EMAIL_IS_SET = True
    page = olgas.post("/setup/test-message/", follow=True)
    assert "Sent to olga@example.com." in words(page)
    [message] = mail.outbox
    assert message.to == ["olga@example.com"]


def test_without_a_mail_server_it_says_so(olgas, settings):
    settings.EMAIL_IS_SET = False
    assert "No mail server is set up" in words(olgas.post("/setup/test-message/", follow=True))


def test_a_secret_that_can_not_be_read_any_more_breaks_no_screen(served, settings):
    settings.ENCRYPTION_KEYS = []
    assert served.get(PEOPLE).status_code == 200


def test_each_later_step_leads_to_what_tries_it(olgas, settings):
    settings.EMAIL_IS_SET = True
    settings.SIGN_IN_WITH = {}
    page = olgas.get("/setup/first-access/").content.decode()
    assert 'action="/setup/test-message/"' in page
    assert 'href="/setup/sign-in/"' not in page.partition("<main")[2]
    settings.SIGN_IN_WITH = {"oidc": "our sign-in"}
    assert 'href="/setup/sign-in/"' in olgas.get("/setup/first-access/").content.decode()
