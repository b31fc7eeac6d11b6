"""200 roles and 1,000 people: as many calls, and queries, as for a few."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from access.models import Finding, Target
from integrations.aptible.simulator import seed
from integrations.aptible.simulator.records import Membership, Person
from tests.access.evidence.conftest import LATER

pytestmark = pytest.mark.django_db

ROLES, PEOPLE, EACH = 200, 1_000, 10
# roles, people, members, environments, permissions
CALLS = 5


@pytest.fixture
def large(seen, aptible):
    """Each of a thousand people is in ten of two hundred roles, and each role is a target."""
    state = aptible.parts.state
    organization = state.organization(seed.ORGANIZATION_ID)
    roles = [state.add_role(f"Role {number}", organization=organization) for number in range(ROLES)]
    for number in range(PEOPLE):
        id_ = f"00000000-0000-4000-8000-{number:012d}"
        state.people[id_] = Person(id_, 5_000 + number, f"p{number}@example.com", f"P {number}", True, created_at=0.0)
        for place in range(EACH):
            role = roles[(number * EACH + place) % ROLES]
            made = f"00000000-0000-4000-8001-{number * EACH + place:012d}"
            state.memberships[made] = Membership(made, role.id, id_, False, created_at=0.0, updated_at=0.0)
    targets = [Target(name=f"t-{n}", label=f"T {n}", integration=seen, role_id=one.id) for n, one in enumerate(roles)]
    Target.objects.bulk_create(targets)


def test_a_large_organization_takes_no_more_calls_and_a_second_look_writes_nothing_for_each_member(
    large, look, aptible, now
):
    """With one first look for both: it takes as long as a hundred other tests."""
    before = len(aptible.calls)
    look(now)
    assert len(aptible.calls) - before <= CALLS
    assert Finding.objects.filter(kind="standing", target__name__startswith="t-").count() == PEOPLE * EACH
    with CaptureQueriesContext(connection) as many:
        look(now + LATER)
    # The directory's own rows are written in batches; what was found is as it was.
    assert not [one for one in many if 'INSERT INTO "access_finding"' in one["sql"]]
    assert len(many) < 150
