"""The API against its own description: hundreds of calls, right and wrong, and never a 500 or an unknown status."""

import functools

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as limits
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from access.people import api_calls
from portal.api import anonymous_limits
from portal.api.server import api
from tests import factories
from tests.portal.api.conftest import ROOT
from tests.portal.api.test_access_reviews import started

EXAMPLES = 25  # of each operation, right ones and wrong ones
# What fits the description may still be refused: whether there is a flow of that name is not in it.
LEFT_OUT = [positive_data_acceptance]
OPERATIONS = [one["operationId"] for path in api.get_openapi_schema()["paths"].values() for one in path.values()]


@functools.cache
def described():
    """Read once: the description is the same for all, and what its values are drawn from is looked for in the code."""
    return schemathesis.openapi.from_wsgi(f"{ROOT}/openapi.json", get_wsgi_application())


@pytest.fixture
def schema(db, monkeypatch):
    monkeypatch.setattr(api_calls, "READS", 10**6)
    monkeypatch.setattr(api_calls, "WRITES", 10**6)
    monkeypatch.setattr(anonymous_limits, "LIMIT", 10**6)
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield described()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("name", OPERATIONS)
def test_no_call_breaks_it_or_is_answered_in_a_way_nobody_knows(schema, name, mode, caller, olga, flow):
    factories.mapping(olga)
    factories.also_decided_by(flow, olga)
    known = {"R": factories.request_at(now=timezone.now()).ref}
    known["G"] = factories.grant(now=timezone.now(), person=olga).ref
    known["V"] = started(olga).ref
    headers = {"Authorization": f"Bearer {caller(olga).text}"}
    operation = schema.find_operation_by_id(name)

    @limits(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def calls(case):
        if mode is GenerationMode.POSITIVE and "ref" in case.path_parameters:
            # Invented references lead nowhere.
            case.path_parameters["ref"] = known[case.path_parameters["ref"][:1]]
        case.call_and_validate(headers=headers, excluded_checks=LEFT_OUT)

    calls()
