"""What a role opens, in words."""

import pytest

from access.directory import roles
from access.models import DirectoryEnvironment, DirectoryPermission, DirectoryRole
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("scopes", "words"),
    [
        ({"deploy", "tunnel"}, ("Deployment", "Tunnel")),
        ({"tunnel", "read", "observability"}, ("Full Visibility", "Ops", "Tunnel")),
        ({"admin", "deploy", "basic_read"}, ("Environment Admin",)),
        ({"basic_read"}, ("Basic Visibility",)),
        ({"basic_read", "destroy", "sensitive"}, ("Destroy", "Sensitive Access")),
        ({"manage", "deploy"}, ("Deployment", "manage")),
        (set(), ()),
    ],
)
def test_permissions_are_named_in_aptibles_own_words_and_order(scopes, words):
    assert roles.in_words(scopes) == words


def test_a_target_tells_its_environments_and_permissions(target):
    [role] = roles.of_targets([target]).values()
    assert role.type == "Custom role"
    assert role.opens == (roles.Opening("prod", ("Deployment", "Tunnel")),)
    assert not role.everything
    assert role.gone_at is None


def test_an_owner_role_opens_everything(integration):
    owners = factories.target("owners", "Owners", "r-owners")
    assert roles.of_targets([owners])[owners.pk].everything


def test_a_type_that_is_not_known_is_named_as_it_is(target):
    DirectoryRole.objects.filter(external_id=target.role_id).update(type="activity_viewer")
    assert roles.of_targets([target])[target.pk].type == "activity_viewer"


def test_a_role_that_no_sync_has_seen_is_left_out(integration):
    unseen = factories.target("new", "New", "r-new")
    assert roles.of_targets([unseen]) == {}


def test_any_number_of_targets_takes_one_query(integration, django_assert_num_queries):
    targets = []
    for number in range(30):
        role = DirectoryRole.objects.create(
            integration=integration, external_id=f"r-{number}", name=f"Role {number}", type="platform_user"
        )
        place = DirectoryEnvironment.objects.create(
            integration=integration, external_id=f"e-{number}", name=f"e{number}"
        )
        DirectoryPermission.objects.create(role=role, environment=place, scope="deploy")
        targets.append(factories.target(f"t-{number}", f"T {number}", f"r-{number}"))
    with django_assert_num_queries(1):
        assert len(roles.of_targets(targets)) == 30
