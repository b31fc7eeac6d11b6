"""Two clocks that differ by a minute sign people in with SAML; beyond that, the sentence names the clock."""

import pytest

from tests.portal.sign_in.saml_idp import at
from tests.portal.sign_in.test_saml import begin, idp, pair, sign_in  # noqa: F401  fixtures
from tests.portal.sign_in.ways import person_in, refusal

pytestmark = pytest.mark.django_db

CLOCKS = "The clocks of this portal and of your sign-in provider differ by too much."


def skewed(ahead, lasts=20):
    """What a provider answers whose clock is ahead by so many seconds, and whose assertions last so long."""
    begins, ends = at(ahead), at(ahead + lasts)
    return {"not_before": begins, "until": ends, "confirmation": {"NotBefore": begins, "NotOnOrAfter": ends}}


@pytest.mark.parametrize("ahead", [50, -70, 0])
def test_a_minute_is_borne_either_way(client, idp, sign_in, ahead):  # noqa: F811
    idp.bent = skewed(ahead)
    sign_in()
    assert person_in(client)


@pytest.mark.parametrize("ahead", [80, 3600, -100, -3600])
def test_beyond_it_the_clock_is_named(client, idp, sign_in, ahead):  # noqa: F811
    idp.bent = skewed(ahead)
    assert CLOCKS in refusal(client, sign_in())
    assert not person_in(client)


@pytest.mark.parametrize("part", ["conditions", "confirmation"])
@pytest.mark.parametrize("ahead", [3600, -3600])
def test_either_part_alone_names_it(client, idp, sign_in, part, ahead):  # noqa: F811
    whole = skewed(ahead)
    idp.bent = {"confirmation": whole["confirmation"]} if part == "confirmation" else whole | {"confirmation": {}}
    assert CLOCKS in refusal(client, sign_in())


def test_a_time_that_is_none_is_refused_and_no_500(client, idp, sign_in):  # noqa: F811
    idp.bent = {"not_before": "soon", "until": "later"}
    assert CLOCKS not in refusal(client, sign_in())
    assert not person_in(client)
