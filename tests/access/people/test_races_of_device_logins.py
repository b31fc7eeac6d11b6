"""Somebody is switched off while their command line fetches its token: on PostgreSQL, with real threads."""

import contextlib
from datetime import timedelta

import pytest

from access.config import deactivate
from access.models import Token
from access.people import device_logins
from access.people.device_logins import Denied, Over
from tests.at_once import at_once

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
SCOPES = ["read"]


def test_neither_waits_for_the_other_and_no_token_is_left(adam, olga, now):
    for _round in range(20):
        asked, proof = device_logins.begin(machine="x", address="192.0.2.7", scopes=SCOPES, now=now)
        device_logins.confirm(asked, by=adam, scopes=SCOPES, own_scopes=SCOPES, lasts=timedelta(days=1), now=now)

        def fetch(proof=proof):
            with contextlib.suppress(Denied, Over):
                device_logins.fetch(proof, own_scopes=SCOPES, now=now)
            return True

        answers = at_once(fetch, lambda: deactivate.deactivate(adam, by=olga, now=now))
        assert answers == [True, None]
        deactivate.reactivate(adam, by=olga, now=now)
        assert not any(one.is_live(now) for one in Token.objects.all())
