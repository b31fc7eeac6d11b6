"""The page refuses what the table says, with its sentences."""

import pytest
from django.http import QueryDict

from access.models import AccessRequest
from tests import factories
from tests.portal import bad_asks


def as_sent(typed):
    data = QueryDict(mutable=True)
    for name, values in typed.items():
        data.setlist(name, values)
    return data.urlencode()


@pytest.mark.parametrize("case", bad_asks.CASES, ids=lambda one: one.name)
def test_the_page_says_what_is_wrong(sign_in, flow, jon, case):
    factories.mapping(jon)
    case.before()
    web = sign_in(jon)
    case.between()
    sent = as_sent({**bad_asks.right(), **case.typed})
    answer = web.post("/ask/", sent, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 422
    said = answer.context["page"].errors
    assert set(said) <= set(case.wrong) | {"__all__"}
    for sentence in case.wrong.values():
        assert sentence in " ".join(said.values())
    assert not AccessRequest.objects.exists()
