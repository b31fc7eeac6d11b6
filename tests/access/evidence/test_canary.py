"""The bot is tried before it is needed: whether it could take somebody out right now."""

from datetime import timedelta

import pytest

from access.evidence import canary
from access.models import AuditEvent, Grant, Integration
from integrations.aptible.simulator import seed

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def tried(seen, provider, now):
    """Try it, twice where the first failed; return the integration as it is then."""

    def tried(at=now, times=1):
        for number in range(times):
            Integration.objects.update(canary_due_at=at)
            canary.look(Integration.objects.get(), provider=provider, now=at + number * MINUTE)
        return Integration.objects.get()

    return tried


def events():
    in_order = AuditEvent.objects.order_by("id").values_list("type", flat=True)
    return list(in_order.filter(type__startswith="integration.canary"))


def test_a_bot_that_could_is_tried_again_in_an_hour(tried, now):
    found = tried()
    assert (found.canary_trouble, found.canary_at, found.canary_due_at) == ("", now, now + canary.EVERY)
    assert events() == []


def test_it_is_tried_before_access_ends(tried, active, now):
    Grant.objects.update(ends_at=now + 40 * MINUTE, due_at=now + 40 * MINUTE)
    assert tried().canary_due_at == now + 25 * MINUTE


def test_one_failure_is_looked_at_again_before_it_is_told(tried, aptible, now):
    aptible.remove_member("Deploy Owners", seed.BOT)
    found = tried()
    assert (found.canary_trouble, found.canary_due_at) == ("", now + canary.AGAIN)
    assert events() == []
    assert "neither a Deploy Owner nor an admin of a role" in tried(now + MINUTE).canary_trouble
    assert events() == ["integration.canary_failed"]


def test_a_bot_that_reaches_some_roles_only_is_told_with_their_names(tried, aptible):
    aptible.remove_member("Deploy Owners", seed.BOT)
    aptible.add_member("Staging", seed.BOT, privileged=True)
    assert tried(times=2).canary_trouble.startswith("The bot can't change who is in: Prod.")


def test_an_admin_of_the_role_reaches_it(tried, aptible):
    aptible.remove_member("Deploy Owners", seed.BOT)
    aptible.add_member("Prod", seed.BOT, privileged=True)
    assert tried(times=2).canary_trouble == ""


def test_a_wrong_password_is_found_before_it_is_needed(tried, aptible):
    aptible.set_password("another")
    assert tried(times=2).canary_trouble


def test_it_is_told_to_the_admins_and_when_it_works_again(tried, aptible, client, olga, now):
    aptible.fail(503)
    tried(times=2)
    client.force_login(olga)
    assert "Usher could take nobody out right now." in client.get("/").content.decode()
    aptible.clear_faults()
    tried(now + 5 * MINUTE)
    assert events() == ["integration.canary_failed", "integration.canary_works"]


def test_tried_twice_at_once_it_signs_in_once(seen, provider, aptible, now):
    Integration.objects.update(canary_due_at=now)
    both = [Integration.objects.get() for _each in range(2)]
    before = aptible.sign_ins
    for one in both:
        canary.look(one, provider=provider, now=now)
    assert aptible.sign_ins - before == 1
