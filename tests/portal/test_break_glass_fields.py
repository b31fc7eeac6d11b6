"""The flow's own fields on the page of break-glass: asked, checked and kept as on the form with which people ask."""

import uuid

import pytest

from access.core.prompts import Field
from access.models import AccessRequest, Flow
from access.policy.prompts import set_fields
from tests.portal.pages import queries, words

pytestmark = pytest.mark.django_db

PAGE = "/ask/break-glass/"
FIELDS = [
    Field("ward", label="Which ward?", allowed=("1", "3")),
    Field("patients", label="Whose care waits?", shown_if="ward", shown_values=("3",)),
    Field("cost", default="c-1", visible=False),
]


@pytest.fixture
def web(web, flow):
    Flow.objects.update(break_glass=True)
    set_fields.set_all(flow, FIELDS)
    return web


@pytest.fixture
def typed(flow):
    return {
        "confirmed": "yes", "understood": "yes", "flow": "production-access", "target": "prod", "duration": "3600",
        "reason": "the database is down", "ticket": "INC-1", "submission": str(uuid.uuid4()),
        "field-ward": "3", "field-patients": "Bed 4",
    }  # fmt: skip


def test_they_are_asked_and_kept_on_the_request(web, typed):
    told = words(web.get(PAGE))
    assert "Which ward?" in told
    assert "Whose care waits?" in told
    web.post(PAGE, typed)
    made = AccessRequest.objects.get()
    assert {one["name"]: one["value"] for one in made.answers} == {"ward": "3", "patients": "Bed 4", "cost": "c-1"}
    assert "Bed 4" in words(web.get(f"/requests/{made.ref}/"))


@pytest.mark.parametrize(
    ("change", "field"),
    [({"field-ward": ""}, "ward"), ({"field-ward": "9"}, "ward"), ({"field-patients": ""}, "patients")],
)
def test_what_is_missing_or_wrong_is_said_in_its_field(web, typed, change, field):
    answer = web.post(PAGE, typed | change)
    assert answer.status_code == 422
    assert f'id="error-field-{field}"' in answer.content.decode()
    assert not AccessRequest.objects.exists()


def test_it_is_said_together_with_the_rest_and_what_was_typed_is_kept(web, typed):
    answer = web.post(PAGE, typed | {"ticket": "", "understood": "", "field-patients": ""})
    assert set(answer.context["page"].errors) == {"ticket", "understood", "field-patients"}
    assert '<option value="3"' in answer.content.decode()
    assert answer.context["page"].first_wrong == "ticket"


def test_what_was_typed_on_the_other_form_is_carried_along(web, typed):
    ask = {name: value for name, value in typed.items() if name not in ("confirmed", "understood")}
    assert "Bed 4" in web.post(PAGE, ask).content.decode()
    assert not AccessRequest.objects.exists()


def test_a_value_for_what_nobody_sees_is_refused(web, typed):
    assert web.post(PAGE, typed | {"field-cost": "c-2"}).status_code == 422
    assert not AccessRequest.objects.exists()


def test_the_number_of_queries_does_not_grow_with_them(web, flow):
    before = queries(web, PAGE)
    set_fields.set_all(flow, [Field(f"f{number}") for number in range(20)])
    assert queries(web, PAGE) <= before
