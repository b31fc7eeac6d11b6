"""One mailbox is one person: an address that differs by what follows a plus alone makes no second account."""

import pytest

from access.models import User
from tests.portal.sign_in.ways import person_in, refusal

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("configured")]


@pytest.mark.parametrize("known", ["jon@example.com", "jon+work@example.com", "JON+2@example.com"])
@pytest.mark.parametrize("is_active", [True, False])
def test_one_mailbox_is_one_person_and_no_second_account(way, known, is_active):
    """Whoever reads mail to jon@ reads that to jon+1@, too: as two people they would approve what they asked for."""
    User.objects.create_user(known, is_active=is_active)
    way.knows(1, "jon+1@example.com")
    assert "what follows a plus" in refusal(way.client, way.sign_in())
    assert User.objects.count() == 1


def test_who_only_looks_like_it_joins_and_so_does_the_person_of_a_bot(way):
    for email in ("jonas@example.com", "jon+1@example.org", "xjon+1@example.com"):
        User.objects.create_user(email)
    User.objects.create_user("jon+bot@example.com", is_bot=True)
    way.knows(1, "jon@example.com")
    way.sign_in()
    assert person_in(way.client).email == "jon@example.com"


def test_whom_an_admin_has_added_signs_in_beside_the_other(way, jon):
    other = User.objects.create_user("jon+1@example.com")
    way.knows(1, "jon+1@example.com")
    way.sign_in()
    assert person_in(way.client) == other
