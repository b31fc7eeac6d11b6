"""Flows in the admin: lengths of time in words, and no flow that nobody could approve."""

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as some

from access.config import setup_errors
from access.core import durations
from access.core.states import RequestState
from access.models import AuditEvent, Flow, Proposal, Stage
from tests import factories
from tests.access.admin import pages

pytestmark = pytest.mark.django_db

CAREFUL = "Careful: people may approve their own requests in this flow, so nobody else has to look."


PEOPLE, NEEDED = "stages-0-people", "stages-0-approvals_needed"


def refused(response) -> list[str]:
    """What the form said about the stages as a whole; the page must have come back."""
    assert response.status_code == 200
    stages, *_others = response.context["inline_admin_formsets"]
    return list(stages.non_form_errors())


def save(admin, flow, **changes):
    return admin.post(pages.of(flow), pages.typed(flow, **changes), follow=True)


def test_a_flow_is_added_as_it_was_typed(admin, flow, adam, olga):
    data = pages.typed(flow, name="second", allowed_durations="1d, 30m,1h 30m, 30m", default_duration="90m")
    data |= {"stages-INITIAL_FORMS": 0, "stages-0-id": ""}
    admin.post(pages.of_add("flow"), data)

    added = Flow.objects.get(name="second")
    assert (added.allowed_durations, added.default_duration) == ([1800, 5400, 86400], 5400)
    assert added.pending_timeout == 86400
    assert list(added.stages.get().pools.get().people.all()) == [adam]
    event = AuditEvent.objects.latest("id")
    assert (event.type, event.subject, event.actor) == ("flow.added", "flow:second", olga.email)
    assert event.data["facts"]["stages"] == ["1 of Adam Novak"]


def test_the_form_shows_lengths_as_they_are_typed(admin, flow):
    form = admin.get(pages.of(flow)).context["adminform"].form
    shown = {name: form[name].value() for name in ("allowed_durations", "default_duration", "pending_timeout")}
    assert shown == {"allowed_durations": "1m, 1h, 4h, 8h", "default_duration": "1h", "pending_timeout": "1d"}


def test_saving_without_a_change_says_nothing_to_the_log(admin, flow):
    before = AuditEvent.objects.count()
    save(admin, flow)
    assert AuditEvent.objects.count() == before


def test_a_change_is_told_field_by_field_with_people_by_email(admin, flow, adam, rita):
    save(admin, flow, **{PEOPLE: [adam.pk, rita.pk], NEEDED: "2"}, label="Prod access")
    event = AuditEvent.objects.latest("id")
    assert event.type == "flow.changed"
    assert event.data["changes"] == {
        "label": {"from": "Production access", "to": "Prod access"},
        "stages": {"from": ["1 of Adam Novak"], "to": ["2 of Adam Novak, Rita Moss"]},
    }


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("allowed_durations", "soon", "“soon” is no length of time: write it like 30m, 8h or 1d 12h."),
        ("allowed_durations", "1h, 8x", "“8x” is no length of time: write it like 30m, 8h or 1d 12h."),
        ("allowed_durations", "1h, 31d", "31d is out of range: at least 1m, at most 30d."),
        ("allowed_durations", " , ", "Say for how long access can be had, or leave the strategy empty."),
        ("default_duration", "2h", "Choose one of the allowed durations: 1m, 1h, 4h, 8h."),
        ("pending_timeout", "10s", "10s is out of range: at least 1m, at most 30d."),
        ("reason_min_length", "5000", "Nobody may type more than 4000 characters."),
        ("ticket_pattern", "([A-Z]+", "This is not a regular expression that works."),
    ],
)
def test_what_cannot_be_is_said_next_to_the_field(admin, flow, field, text, sentence):
    response = save(admin, flow, **{field: text})
    assert pages.errors(response) == {field: [sentence]}
    flow.refresh_from_db()
    assert flow.label == "Production access"


@pytest.mark.parametrize(
    ("address", "is_fine"),
    [
        ("https://tickets.example.com/browse/{ticket}", True),
        ("http://tickets.example.com/?id={ticket}", True),
        ("", True),
        ("https://tickets.example.com/", False),
        ("https://{ticket}.example.com/{ticket}", False),
        ("https://{ticket}/", False),
        ("javascript:alert('{ticket}')", False),
        ("//tickets.example.com/{ticket}", False),
        ("tickets.example.com/{ticket}", False),
        ("https://[broken/{ticket}", False),
    ],
)
def test_a_ticket_address_is_a_web_address_with_the_ticket_in_it(admin, flow, address, is_fine):
    response = save(admin, flow, ticket_url=address)
    if is_fine:
        flow.refresh_from_db()
        assert flow.ticket_url == address
    else:
        assert list(pages.errors(response)) == ["ticket_url"]


def test_a_flow_that_needs_more_approvals_than_people_is_refused_with_their_names(admin, flow):
    response = save(admin, flow, **{NEEDED: "2"})
    assert refused(response) == [
        "Nobody's request could be approved: it needs 2 approvals and only one person could give one: Adam Novak."
    ]
    assert flow.stages.get().approvals_needed == 1


def test_people_who_can_no_longer_sign_in_do_not_count(admin, flow, adam):
    adam.is_active = False
    adam.save()
    response = save(admin, flow)
    assert refused(response) == [
        "Nobody's request could be approved: those who could decide it can no longer sign in: Adam Novak."
    ]


def test_a_flow_without_approvers_is_refused_unless_it_is_closed(admin, flow):
    response = save(admin, flow, **{"stages-0-DELETE": "on"})
    assert refused(response) == ["Nobody could approve a request. Add a stage, or close the flow for requests."]
    save(admin, flow, **{"stages-0-DELETE": "on"}, is_active="")
    flow.refresh_from_db()
    assert (flow.is_active, flow.stages.count()) == (False, 0)


def test_somebody_inactive_who_is_named_is_told_of(admin, flow, adam, rita):
    rita.is_active = False
    rita.save()
    save(admin, flow, **{PEOPLE: [adam.pk, rita.pk]})
    # Named beside others they stay, and do not count.
    assert "They can no longer sign in: Rita Moss." in pages.text(admin.get(pages.of(flow)))


def test_the_search_for_approvers_finds_active_people_only(admin, flow, rita):
    rita.is_active = False
    rita.save()
    where = {"app_label": "access", "model_name": "pool", "field_name": "people", "term": "example.com"}
    found = admin.get("/admin/autocomplete/", where).json()["results"]
    assert [one["text"] for one in found] == ["Adam Novak · adam@example.com", "Olga Brandt · olga@example.com"]


def test_approving_ones_own_is_off_and_comes_with_a_warning(admin, flow):
    assert not admin.get(pages.of_add("flow")).context["adminform"].form["self_approval"].value()
    assert CAREFUL not in pages.text(admin.get(pages.of(flow)))
    response = save(admin, flow, self_approval="on")
    assert CAREFUL in pages.told(response)
    assert CAREFUL in pages.text(admin.get(pages.of(flow)))


def test_the_page_says_who_could_approve_and_where_it_ends_nowhere(admin, flow, adam, rita):
    factories.also_decided_by(flow, rita, factories.person("gina", is_active=False))
    Stage.objects.update(approvals_needed=2)
    page = pages.text(admin.get(pages.of(flow)))
    assert "2 of: Adam Novak, Rita Moss." in page
    assert "What these people ask for themselves could not be approved: Adam Novak, Rita Moss." in page
    assert "They can no longer sign in: Gina." in page

    Stage.objects.update(approvals_needed=3)
    assert "Nobody's request could be approved: it needs 3 approvals" in pages.text(admin.get(pages.of(flow)))


def test_a_flow_with_requests_is_not_removed_and_the_page_names_one(admin, flow, now):
    request = factories.request_at(state=RequestState.DENIED, now=now)
    response = admin.post(pages.of(flow, "delete"), {"post": "yes"})
    assert f"Request: {request.ref}" in pages.text(response)
    assert Flow.objects.exists()


def test_a_flow_that_cannot_be_logged_is_not_changed(admin, flow, rita, adam, monkeypatch):
    monkeypatch.setattr("access.config.record_changes.log.append", factories.breaks)
    with pytest.raises(RuntimeError):
        save(admin, flow, **{PEOPLE: [adam.pk, rita.pk]}, label="Prod access")
    flow.refresh_from_db()
    assert flow.label == "Production access"
    assert list(flow.stages.get().pools.get().people.all()) == [adam]


def test_a_removal_that_cannot_be_logged_removes_nothing(admin, flow, monkeypatch):
    monkeypatch.setattr("access.config.record_changes.log.append", factories.breaks)
    with pytest.raises(RuntimeError):
        admin.post(pages.of(flow, "delete"), {"post": "yes"})
    assert Flow.objects.exists()


@given(some.integers(min_value=1, max_value=10_000_000))
def test_a_length_of_time_that_is_written_is_read_back(seconds):
    assert durations.parse(durations.written(seconds)) == seconds


@pytest.mark.parametrize(("text", "seconds"), [("90m", 5400), ("1D 2H", 93600), (" 1h30m ", 5400), ("3600s", 3600)])
def test_a_length_of_time_may_be_typed_in_many_ways(text, seconds):
    assert durations.parse(text) == seconds


@pytest.mark.parametrize("text", ["", " ", "1", "h", "-1h", "1h 1h", "30m 1h", "1.5h", "1h,", "٣h", "9" * 99 + "h"])
def test_what_is_no_length_of_time_is_refused(text):
    with pytest.raises(ValueError, match="Not a length of time"):
        durations.parse(text)


def test_a_flow_without_a_strategy_needs_no_durations(admin, flow):
    save(admin, flow, strategy="", allowed_durations="", default_duration="")
    flow.refresh_from_db()
    assert (flow.strategy, flow.allowed_durations, flow.default_duration) == (None, [], 0)
    assert AuditEvent.objects.latest("id").data["changes"]["strategy"] == {"from": "main-aptible-strategy", "to": None}
    assert "gives no access" in pages.text(admin.get(pages.of_list("flow")))
    form = admin.get(pages.of(flow)).context["adminform"].form
    assert (form["allowed_durations"].value(), form["default_duration"].value()) == ("", "")


def test_a_flow_with_a_strategy_needs_them(admin, flow):
    response = save(admin, flow, allowed_durations="", default_duration="")
    sentence = "Say for how long access can be had, or leave the strategy empty."
    assert pages.errors(response) == {"allowed_durations": [sentence]}


@pytest.mark.parametrize(("field", "value"), [("break_glass", True), ("free_extension", 60)])
def test_nothing_is_had_without_approval_where_nothing_is_given(flow, field, value):
    flow.strategy = None
    setattr(flow, field, value)
    wrong = setup_errors.of_flow(flow)
    assert wrong == {field: "A flow without a strategy gives no access, so this has to stay off."}


def asked_about(admin, flow, **changes):
    """Ask who could approve the flow as it is typed."""
    at = reverse("admin:access_flow_who", args=[flow.pk])
    return admin.post(at, pages.typed(flow, **changes))


def test_it_says_who_could_approve_what_is_typed_and_saves_nothing(admin, flow, rita, adam):
    events = AuditEvent.objects.count()
    page = pages.text(asked_about(admin, flow, **{PEOPLE: [rita.pk]}, label="Prod access", self_approval="on"))
    assert "Prod access, as it is typed. Nothing was saved." in page
    assert "1 of: Rita Moss." in page
    assert CAREFUL in page
    flow.refresh_from_db()
    assert (flow.label, flow.self_approval) == ("Production access", False)
    assert "1 of: Adam Novak." in pages.text(admin.get(pages.of(flow)))
    assert pages.told(admin.get(pages.of_list("flow"))) == []
    assert AuditEvent.objects.count() == events


def test_it_says_so_of_a_flow_that_there_is_not_yet(admin, flow, rita):
    typed = {**pages.typed(flow, **{PEOPLE: [rita.pk]}), "name": "other", "stages-INITIAL_FORMS": 0, "stages-0-id": ""}
    page = pages.text(admin.post(reverse("admin:access_flow_who"), typed))
    assert "1 of: Rita Moss." in page
    assert not Flow.objects.filter(name="other").exists()


def test_a_slip_is_shown_at_its_field_and_the_form_goes_where_it_saves(admin, flow):
    response = asked_about(admin, flow, default_duration="never")
    assert pages.errors(response)["default_duration"]
    assert response.context["form_url"] == pages.of(flow)


@pytest.mark.parametrize("method", ["get", "post"])
def test_who_may_not_change_a_flow_asks_nothing_of_what_is_typed(client, flow, jon, method):
    client.force_login(jon)
    at = reverse("admin:access_flow_who", args=[flow.pk])
    assert getattr(client, method)(at, {}).status_code in (403, 405)


def test_a_second_admin_has_not_to_confirm_a_question(admin, flow, rita, settings):
    settings.SETUP_SECOND_ADMIN = True
    assert "1 of: Rita Moss." in pages.text(asked_about(admin, flow, **{PEOPLE: [rita.pk]}))
    assert not Proposal.objects.exists()


def test_what_says_something_or_is_wrong_stands_open(admin, flow):
    def closed(response):
        return [one.name for one in response.context["adminform"] if one.is_collapsible]

    assert "Break-glass" in closed(admin.get(pages.of_add("flow")))
    assert "Break-glass" in closed(admin.get(pages.of(flow)))
    assert "Reason and ticket" not in closed(save(admin, flow, ticket_pattern="["))
    Flow.objects.update(break_glass=True)
    assert "Break-glass" not in closed(admin.get(pages.of(flow)))
