"""Two admins at one row: whoever opened the form before the other saved puts back nothing without knowing it."""

import re
import threading

import pytest
from django.db import connection, transaction
from django.test import Client

from access.admin import changed_since, site
from access.admin.base import SetUp
from access.audit import sentences
from access.config import deactivate
from access.models import AuditEvent, DirectoryRole, Proposal, Webhook
from tests import factories
from tests.access.admin import pages
from tests.access.admin.test_people import typed as typed_person
from tests.access.policy import fast_tracks

WHY = "Somebody else has changed this since you opened it, so nothing is saved yet."
MARK = re.compile(r'name="seen" value="(\w+)"')


def seen(page) -> dict[str, str]:
    """What the form that is shown sends of what was there."""
    return {"seen": MARK.findall(page.content.decode())[0]}


def typed(target, **changes):
    """What a browser would send for this target."""
    role = DirectoryRole.objects.get(external_id=target.role_id)
    return {"role": role.pk, "label": target.label, "name": target.name, "risk": target.risk, **changes}


@pytest.fixture
def nora():
    return factories.person("nora", is_staff=True, is_superuser=True)


@pytest.mark.django_db
def test_whoever_was_deactivated_meanwhile_stays_so(admin, jon, nora, now):
    opened = seen(admin.get(pages.of(jon)))
    sent = typed_person(jon, name="Jonathan Reyes")
    deactivate.deactivate(jon, by=nora, now=now)
    events = AuditEvent.objects.count()

    answer = admin.post(pages.of(jon), {**sent, **opened})
    jon.refresh_from_db()
    assert (jon.is_active, jon.name) == (False, "Jon Reyes")
    assert AuditEvent.objects.count() == events
    assert f"{WHY} Last in its history: {sentences.sentence(AuditEvent.objects.latest('id'))}" in pages.text(answer)
    assert 'value="Jonathan Reyes"' in answer.content.decode()


@pytest.mark.django_db
def test_an_approver_who_was_taken_out_meanwhile_is_not_put_back(admin, flow, adam, rita):
    opened = seen(admin.get(pages.of(flow)))
    sent = pages.typed(flow, label="Production")
    [pool] = flow.stages.get().pools.all()
    pool.people.set([rita])

    answer = admin.post(pages.of(flow), {**sent, **opened})
    assert WHY in pages.text(answer)
    assert list(pool.people.all()) == [rita]
    flow.refresh_from_db()
    assert flow.label == "Production access"


@pytest.mark.django_db
def test_once_it_was_told_saving_again_puts_what_was_typed_in_place_of_it(admin, target):
    opened, sent = seen(admin.get(pages.of(target))), typed(target, label="Mine")
    target.label = "Theirs"
    target.save()
    told = admin.post(pages.of(target), {**sent, **opened})
    assert WHY in pages.text(told)
    assert admin.post(pages.of(target), {**sent, **seen(told)}).status_code == 302
    target.refresh_from_db()
    assert target.label == "Mine"


@pytest.mark.django_db
def test_an_error_in_the_form_is_mended_and_saved_as_ever(admin, target):
    sent = typed(target, label="Mine")
    told = admin.post(pages.of(target), {**sent, "risk": "none", **seen(admin.get(pages.of(target)))})
    assert WHY not in pages.text(told)
    assert admin.post(pages.of(target), {**sent, **seen(told)}).status_code == 302
    target.refresh_from_db()
    assert target.label == "Mine"


@pytest.mark.django_db
def test_every_form_of_the_set_up_says_what_was_there(admin, jon, flow, target):
    rows = [flow, target, flow.strategy, target.integration, target.integration.password_secret, jon]
    rows += [factories.mapping(jon), factories.group("on-call"), fast_tracks.rotation(jon), fast_tracks.office_hours()]
    rows += [Webhook.objects.create(name="siem", url="https://siem.example.com/events")]
    assert {type(row) for row in rows} == {model for model, page in site._registry.items() if isinstance(page, SetUp)}
    for row in rows:
        assert len(MARK.findall(admin.get(pages.of(row)).content.decode())) == 1, row


@pytest.mark.django_db
def test_a_mark_tells_nothing_of_a_value_and_is_another_on_each_portal(settings):
    first = changed_since.mark({"sealed": "x"})
    settings.SECRET_KEY = "of another portal, and long enough to be one"
    assert changed_since.mark({"sealed": "x"}) != first


@pytest.mark.django_db
def test_a_proposal_is_confirmed_though_its_form_was_opened_by_another(admin, settings, jon, nora):
    settings.SETUP_SECOND_ADMIN = True
    admin.post(pages.of(jon), {**typed_person(jon, is_staff="on"), **seen(admin.get(pages.of(jon)))})
    admin.force_login(nora)
    admin.post(f"/admin/access/proposal/{Proposal.objects.get().pk}/confirm/")
    jon.refresh_from_db()
    assert jon.is_staff


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_whoever_saves_at_the_same_time_waits_and_is_told(target):
    browser = Client()
    browser.force_login(factories.admin())
    sent = {**typed(target, label="Mine"), **seen(browser.get(pages.of(target)))}
    answers = []

    def save():
        answers.append(pages.text(browser.post(pages.of(target), sent)))
        connection.close()

    beside = threading.Thread(target=save, daemon=True)
    with transaction.atomic():
        changed_since.lock(target)
        beside.start()
        beside.join(timeout=0.5)
        target.label = "Theirs"
        target.save()
    beside.join(timeout=20)
    assert WHY in answers[0]
    target.refresh_from_db()
    assert target.label == "Theirs"
