"""Many subjects with one e-mail at the same moment, on PostgreSQL with real threads: the account becomes one's."""

import pytest
from social_core.exceptions import SocialAuthBaseException
from social_django.models import UserSocialAuth

from access.models import AuditEvent, User
from portal.sign_in import login
from portal.sign_in.providers import GitHub
from tests import factories
from tests.at_once import MANY, at_once

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


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


def test_of_many_addresses_of_one_mailbox_one_joins():
    """A provider at which people register by themselves knows them by as many addresses as they like."""
    refused, backend = [], GitHub()

    def sign_in(number):
        try:
            email = f"jon+{number}@example.com" if number else "jon@example.com"
            login.find_person(backend, {"email": email, "fullname": "Jon"}, uid=f"p {number}", id_key="id")
        except SocialAuthBaseException as error:
            refused.append(error)

    at_once(*[lambda number=number: sign_in(number) for number in range(MANY)])
    assert (User.objects.count(), len(refused)) == (1, MANY - 1)
