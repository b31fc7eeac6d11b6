"""Whom the directory names by one address and the provider by another is one person, and gets no second account.

A directory's usual mapping has the name at the directory as `userName`, and the address in `emails`. With two accounts,
the one that is switched off when somebody leaves is the one that nobody uses.
"""

import pytest

from access.models import AuditEvent, User
from tests import factories
from tests.portal.sign_in.ways import person_in, refusal

pytestmark = pytest.mark.django_db
MAIL = [{"primary": True, "type": "work", "value": "Jon.Reyes@example.com"}]


@pytest.fixture
def way(ways):
    return ways["oidc"]


@pytest.mark.parametrize("active", [True, False])
def test_nobody_joins_whom_the_directory_has_by_another_address(directory, way, active):
    directory.add_person("jreyes@example.com", emails=MAIL, active=active)
    way.knows(1, "jon.reyes@example.com")
    assert "The directory has you by another address than jon.reyes@example.com" in refusal(way.client, way.sign_in())
    assert not User.objects.filter(email="jon.reyes@example.com").exists()


def test_a_part_of_an_address_is_another_address(directory, way):
    directory.add_person("jreyes@example.com", emails=MAIL, displayName="reyes@example.com")
    way.knows(1, "reyes@example.com")
    way.sign_in()
    assert person_in(way.client).email == "reyes@example.com"


def test_whom_the_directory_has_no_more_stands_in_nobodys_way(directory, way):
    ref = directory.add_person("jreyes@example.com", emails=MAIL).json()["id"]
    directory.call("DELETE", f"/Users/{ref}")
    way.knows(1, "jon.reyes@example.com")
    way.sign_in()
    assert person_in(way.client).email == "jon.reyes@example.com"


def test_the_directory_makes_none_beside_who_is_here_by_one_of_the_addresses(directory):
    factories.person("jon.reyes")
    answer = directory.add_person("jreyes@example.com", emails=MAIL)
    assert (answer.status_code, answer.json()["scimType"]) == (409, "uniqueness")
    assert "Let userName be the address with which people sign in" in answer.json()["detail"]
    assert not AuditEvent.objects.filter(type="person.provisioned").exists()


def test_an_account_that_an_admin_has_added_beside_it_is_taken_over(directory):
    factories.person("jon.reyes")
    factories.person("jreyes")
    assert directory.add_person("jreyes@example.com", emails=MAIL).status_code == 201


def test_a_bot_may_have_the_address_of_who_looks_after_it(directory):
    User.objects.create_user("jon.reyes@example.com", is_bot=True)
    assert directory.add_person("jreyes@example.com", emails=MAIL).status_code == 201
