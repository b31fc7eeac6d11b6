"""One signature that is sent several times at once: on PostgreSQL with real threads."""

import pytest

from access.core.errors import Refusal
from access.models import Challenge
from access.people import challenges, passkeys
from access.people.challenges import Answered, Signed
from tests.at_once import at_once
from tests.authenticator import SITE, device_of

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
TOUCH = Challenge.Purpose.TOUCH


def test_a_signature_that_is_sent_several_times_at_once_counts_once(adam, now):
    device = device_of(adam, now=now)
    for _round in range(5):
        challenge = challenges.ask(adam, TOUCH, {"usher": "test"}, site=SITE, now=now)
        signed = Signed(device.get(passkeys.to_sign(adam, challenge, site=SITE)), SITE)
        answers = at_once(*[lambda signed=signed: challenges.answer(adam, TOUCH, signed, now=now)] * 4)
        assert sum(isinstance(one, Answered) for one in answers) == 1
        assert sum(isinstance(one, Refusal) for one in answers) == 3
