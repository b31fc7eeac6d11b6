"""The demo's flows beside the announcement's: written once, sound, and shown to the right people."""

import pytest
from django.core.management import call_command

from access.demo import hospital, seed
from access.models import AuditEvent, FastTrackRule, Flow, Schedule, Target, User, UserMapping
from access.people import known_people
from access.policy import approvers, simulate, words
from access.policy.fast_track import judge
from access.requests import choices
from integrations.aptible.simulator import Simulator
from integrations.aptible.simulator.hospital import hospital as organization

DURATIONS = [60, 3600]


@pytest.fixture(scope="module")
def running():
    with Simulator(seed=organization()).start() as simulator:
        yield simulator


@pytest.fixture
def aptible(running, settings):
    running.reset()
    settings.APTIBLE_AUTH_ROOT_URL, settings.APTIBLE_API_ROOT_URL = running.auth_url, running.api_url
    return running


@pytest.fixture
def seeded(aptible, db, now):
    """The demo, started for the second time."""
    for _again in range(2):
        seed.seed(durations=DURATIONS, now=now)
        hospital.Hospital(durations=DURATIONS, now=now).seed()


def person(email):
    return User.objects.get(email=email)


def verdict(email, now, target="staging"):
    return judge.judge(
        flow=Flow.objects.get(name=hospital.ON_CALL),
        target=Target.objects.get(name=target),
        requester=person(email),
        starts_at=None,
        now=now,
    )


@pytest.mark.usefixtures("seeded")
def test_each_flow_is_written_once_and_says_all_of_it_in_the_log():
    names = {
        seed.FLOW,
        hospital.PATIENT_DATA,
        hospital.ON_CALL,
        hospital.RECORDS,
        hospital.CLINICS,
        hospital.DEPLOY,
        hospital.EXPORT,
    }
    assert set(Flow.objects.values_list("name", flat=True)) == names
    added = AuditEvent.objects.filter(type="flow.added")
    assert added.count() == len(names)
    told = added.get(subject=f"flow:{hospital.PATIENT_DATA}").data["facts"]
    assert told["stages"] == [
        "Lead: 1 of Adam Novak, after 30 min also of Rita Moss",
        "Security: 1 of the people in Security",
    ]
    assert told["requesters"] == [hospital.ENGINEERS]


@pytest.mark.usefixtures("seeded")
def test_the_announcements_flow_is_as_it_was_and_comes_first(now):
    first, *others = choices.flows(person(seed.JON))
    assert (first.name, len(others)) == (seed.FLOW, 6)
    assert words.sentence(approvers.of_flow(first)) == "Needs 1 of Adam Novak, Rita Moss."
    assert not first.break_glass
    assert not first.prompt_fields.exists()
    assert not first.fast_track.exists()
    assert {one.target.label for one in choices.choices(flow=first, requester=person(seed.JON))} == {"Prod", "Staging"}


@pytest.mark.usefixtures("seeded")
def test_what_is_set_up_would_be_accepted_in_the_admin_and_leads_nowhere_dead():
    for flow in Flow.objects.all():
        flow.full_clean(exclude=[] if flow.gives_access else ["allowed_durations"])
        assert simulate.trouble(flow) == ""
    for row in (*Target.objects.all(), *Schedule.objects.all(), *FastTrackRule.objects.all(), *User.objects.all()):
        row.full_clean(exclude=["password"])


@pytest.mark.usefixtures("seeded")
def test_whoever_is_on_call_has_a_fast_track_and_who_is_no_engineer_is_refused(now):
    assert hospital.on_call(now=now) == "Jon Reyes"
    assert verdict(seed.JON, now).approves
    assert verdict(seed.MIA, now).outcome is None
    assert verdict(seed.SARA, now).refuses


@pytest.mark.usefixtures("seeded")
def test_somebody_of_the_demo_audits_and_those_who_ask_have_accounts():
    told = {one.user.email: one.role for one in known_people.known()}
    assert next(iter(told)) == seed.JON
    assert list(told.values())[-1] == "Reads everything and changes nothing."
    assert set(told) == set(seed.PEOPLE)
    assert told[seed.SARA] == told[seed.KEN] == "Approves Protected health data."
    assert "Protected health data" in told[seed.ADAM]
    assert told[seed.AVERY] == "Reads everything and changes nothing."
    mapped = UserMapping.objects.exclude(account_id="").values_list("user__email", flat=True)
    assert set(mapped) == {seed.JON, seed.ADAM, seed.RITA, seed.MIA, seed.SARA, seed.KEN}


@pytest.mark.django_db
def test_an_older_demos_database_gets_what_is_missing_and_keeps_the_rest(aptible, now):
    seed.seed(durations=DURATIONS, now=now)
    User.objects.filter(email__in=[seed.AVERY, seed.MIA]).delete()
    Flow.objects.filter(name=seed.FLOW).update(label="Ours")
    seed.seed(durations=DURATIONS, now=now)
    hospital.Hospital(durations=DURATIONS, now=now).seed()
    assert Flow.objects.get(name=seed.FLOW).label == "Ours"
    assert Flow.objects.count() == 7
    assert person(seed.AVERY).is_auditor
    assert Target.objects.get(name="staging").risk == Target.Risk.LOW
    changed = AuditEvent.objects.get(type="target.changed", subject="target:staging")
    assert changed.data["changes"] == {"risk": {"from": "medium", "to": "low"}}


@pytest.mark.usefixtures("seeded")
def test_what_was_changed_in_the_demo_stays_changed(now):
    Target.objects.filter(name="staging").update(risk=Target.Risk.HIGH)
    Flow.objects.filter(name=hospital.RECORDS).update(break_glass=False)
    hospital.Hospital(durations=DURATIONS, now=now).seed()
    assert Target.objects.get(name="staging").risk == Target.Risk.HIGH
    assert not Flow.objects.get(name=hospital.RECORDS).break_glass


def test_the_simulator_offers_the_hospital(capsys):
    with pytest.raises(SystemExit):
        call_command("aptible_simulator", "--help")
    assert "announcement,hospital,empty" in capsys.readouterr().out
