"""Many subjects with one e-mail at the same moment, on PostgreSQL with real threads: the account becomes one's."""

import pytest
from django.db import connection
from social_core.exceptions import SocialAuthBaseException
from social_django.models import UserSocialAuth

from access.models import AuditEvent, User
from portal import login
from portal.providers import GitHub
from tests import factories
from tests.access.test_races import MANY, at_once

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _needs_postgresql():
    if connection.vendor != "postgresql":
        pytest.skip("Races need PostgreSQL: run the suite with DATABASE_URL set.")


@pytest.mark.parametrize("is_known", [True, False])
def test_of_many_subjects_with_one_email_one_is_matched(is_known):
    if is_known:
        factories.person("jon")
    refused, backend = [], GitHub()

    def sign_in(subject):
        try:
            login.find_person(backend, {"email": "jon@example.com", "fullname": "Jon"}, uid=subject, id_key="id")
        except SocialAuthBaseException as error:
            refused.append(error)

    at_once(*[lambda number=number: sign_in(f"https://github.example {number}") for number in range(MANY)])
    assert UserSocialAuth.objects.count() == User.objects.count() == 1
    assert len(refused) == MANY - 1
    assert AuditEvent.objects.filter(type="person.matched").count() == 1
