"""Lists that lag or hide somebody, and changes that take effect after their answer, or never."""

import pytest

from tests.integrations.aptible.simulator.conftest import ADAM, JON, ORGANIZATION, PROD


@pytest.fixture
def listed(bot):
    def listed():
        role = bot.get(f"/auth/roles/{PROD}/memberships").json()["_embedded"]["memberships"]
        groups = bot.get(f"/auth/organizations/{ORGANIZATION}/roles/memberships").json()["_embedded"]
        grouped = groups[PROD]["memberships"]
        assert [one["id"] for one in role] == [one["id"] for one in grouped]
        return {one["_embedded"]["user"]["email"] for one in role}

    return listed


def test_lists_show_who_came_in_only_after_the_lag(simulator, bot, clock, listed):
    clock.pass_(60)
    simulator.switch(lag_adds_ms=5_000)
    assert bot.add("Prod", bot.person_url(JON)).status_code == 201
    assert simulator.members("Prod") == {ADAM, JON}
    clock.pass_(4)
    assert listed() == {ADAM}
    assert bot.add("Prod", bot.person_url(JON)).status_code == 422
    clock.pass_(1)
    assert listed() == {ADAM, JON}


def test_lists_go_on_to_show_who_went_for_as_long_as_the_lag(simulator, bot, clock, listed):
    simulator.switch(lag_removes_ms=5_000)
    id_ = bot.add("Prod", bot.person_url(JON)).json()["id"]
    assert bot.call("DELETE", f"/auth/memberships/{id_}").status_code == 204
    assert simulator.members("Prod") == {ADAM}
    assert listed() == {ADAM, JON}
    assert bot.call("DELETE", f"/auth/memberships/{id_}").status_code == 404
    clock.pass_(5)
    assert listed() == {ADAM}


def test_a_late_add_is_answered_at_once_and_takes_effect_later_once(simulator, bot, clock):
    simulator.switch(late_adds_ms=300_000)
    assert bot.add("Prod", bot.person_url(JON)).status_code == 201
    assert bot.add("Prod", bot.person_url(JON)).status_code == 201
    clock.pass_(299)
    assert simulator.members("Prod") == {ADAM}
    clock.pass_(1)
    assert simulator.members("Prod") == {ADAM, JON}
    assert [step["what"] for step in simulator.changes] == ["entered"]


def test_a_removal_that_is_answered_may_change_nothing_and_a_list_may_hide_somebody(simulator, bot, listed):
    id_ = bot.add("Prod", bot.person_url(JON)).json()["id"]
    simulator.switch(void_removes=True, hidden_person=JON)
    assert bot.call("DELETE", f"/auth/memberships/{id_}").status_code == 204
    assert simulator.members("Prod") == {ADAM, JON}
    assert listed() == {ADAM}
    simulator.switch(hidden_person="")
    assert listed() == {ADAM, JON}


@pytest.mark.parametrize("name", ["lag_adds_ms", "lag_removes_ms", "late_adds_ms"])
def test_nothing_is_listed_before_it_happens(simulator, name):
    with pytest.raises(ValueError, match="0 or more"):
        simulator.switch(**{name: -1})
