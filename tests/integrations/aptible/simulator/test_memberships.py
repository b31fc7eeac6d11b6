import pytest

from integrations.aptible.simulator import Simulator
from tests.integrations.aptible.simulator.conftest import ADAM, BOT, JON, ORGANIZATION, PROD, RITA, error_of


def test_the_bot_adds_and_removes_a_member(simulator, bot):
    added = bot.add("Prod", bot.person_url(JON))
    membership = added.json()

    assert added.status_code == 201
    assert (membership["_type"], membership["privileged"]) == ("membership", False)
    assert membership["_embedded"]["user"]["email"] == JON
    assert bot.get(membership["_links"]["self"]["href"]).json() == membership
    assert simulator.members("Prod") == {ADAM, JON}

    assert bot.call("DELETE", membership["_links"]["self"]["href"]).status_code == 204
    assert simulator.members("Prod") == {ADAM}
    assert error_of(bot.call("DELETE", membership["_links"]["self"]["href"])) == (404, "not_found")
    assert (simulator.posts, simulator.deletes) == (1, 2)


def test_every_entry_and_exit_is_written_down_with_its_moment(simulator, bot, clock):
    began = clock.now
    membership = bot.add("Prod", bot.person_url(JON)).json()["id"]
    clock.pass_(90)
    bot.call("DELETE", f"/auth/memberships/{membership}")

    steps = [(step["number"], step["what"], step["role"], step["email"], step["by"]) for step in simulator.changes]
    assert steps == [(1, "entered", "Prod", JON, BOT), (2, "left", "Prod", JON, BOT)]
    assert [step["at"] - began for step in simulator.changes] == [0, 90]


def test_a_member_again_has_a_new_membership(bot):
    first = bot.add("Prod", bot.person_url(JON)).json()["id"]
    bot.call("DELETE", f"/auth/memberships/{first}")

    assert bot.add("Prod", bot.person_url(JON)).json()["id"] != first


def test_a_second_membership_is_refused(simulator, bot):
    assert error_of(bot.add("Prod", bot.person_url(ADAM))) == (422, "unprocessable_entity")
    assert len(bot.rows(f"/auth/roles/{PROD}/memberships", "memberships")) == 1


def test_a_second_membership_can_be_answered_with_the_first(simulator, bot):
    first = bot.membership_id("Prod", ADAM)
    simulator.switch(duplicate_answers_201=True)

    again = bot.add("Prod", bot.person_url(ADAM))

    assert (again.status_code, again.json()["id"]) == (201, first)
    assert simulator.changes == []


def test_an_unknown_role_is_not_found(simulator, bot):
    path = "/auth/roles/00000000-0000-4000-8000-000000000000/memberships"

    assert error_of(bot.call("POST", path, json={"user_url": bot.person_url(JON)})) == (404, "not_found")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"user_url": None},
        {"user_url": 7},
        {"user_url": "nobody"},
        {"user_url": "https://auth.aptible.com/users/c3619854-7fad-5147-819a-6d2d2bb65270"},
        {"user_id": "c3619854-7fad-5147-819a-6d2d2bb65270"},
    ],
)
def test_a_person_that_is_not_named_by_their_address_is_refused(simulator, bot, body):
    answer = bot.call("POST", f"/auth/roles/{PROD}/memberships", json=body)

    assert error_of(answer) == (422, "unprocessable_entity")
    assert simulator.changes == []


def test_somebody_from_outside_the_organization_is_refused(simulator, bot):
    simulator.add_person("olga@example.com", "Olga Others")
    olga = simulator.parts.state.person("olga@example.com").id

    assert error_of(bot.add("Prod", f"{simulator.auth_url}/users/{olga}")) == (422, "unprocessable_entity")


def test_whoever_loses_their_only_role_is_out_of_the_organization(simulator, bot):
    simulator.add_person("nina@example.com", "Nina New", ["Prod"])
    nina = bot.person_url("nina@example.com")
    membership = bot.membership_id("Prod", "nina@example.com")

    assert bot.call("DELETE", f"/auth/memberships/{membership}").status_code == 204

    assert "nina@example.com" not in simulator.people("Example Health")
    assert error_of(bot.get(nina)) == (404, "not_found")
    assert error_of(bot.add("Prod", nina)) == (422, "unprocessable_entity")
    assert [step["what"] for step in simulator.changes] == ["joined", "entered", "left", "removed"]


def test_a_deleted_role_takes_its_memberships_with_it(simulator, bot):
    membership = bot.membership_id("Prod", ADAM)

    simulator.delete_role("Prod")

    for method, path in (("GET", f"/auth/roles/{PROD}/memberships"), ("DELETE", f"/auth/memberships/{membership}")):
        assert error_of(bot.call(method, path)) == (404, "not_found")
    assert ADAM in simulator.people("Example Health")
    assert all(row["_links"]["role"]["href"][-36:] != PROD for row in bot.rows("/api/permissions", "permissions"))


def test_an_owner_manages_every_role(simulator, rita):
    for role in ("Account Owners", "Deploy Owners", "Prod", "Billing SCIM"):
        assert rita.add(role, rita.person_url(JON)).status_code == 201
        assert JON in simulator.members(role)


def test_a_platform_owner_manages_every_role_but_the_owners(simulator, bot):
    jon = bot.person_url(JON)

    assert error_of(bot.add("Account Owners", jon)) == (403, "access_denied")
    owner = bot.membership_id("Account Owners", RITA)
    assert error_of(bot.call("DELETE", f"/auth/memberships/{owner}")) == (403, "access_denied")
    assert bot.add("Deploy Owners", jon).status_code == 201
    assert simulator.members("Account Owners") == {RITA}


def test_an_ordinary_member_manages_nothing(simulator, jon):
    assert error_of(jon.add("Staging", jon.person_url(ADAM))) == (403, "access_denied")
    own = jon.membership_id("Staging", JON)
    assert error_of(jon.call("PATCH", f"/auth/memberships/{own}", json={"privileged": True})) == (403, "access_denied")
    assert error_of(jon.call("DELETE", f"/auth/memberships/{own}")) == (403, "access_denied")


def test_a_role_admin_manages_that_role_only(simulator, jon):
    simulator.set_privileged("Staging", JON, True)

    added = jon.add("Staging", jon.person_url(ADAM))

    assert added.status_code == 201
    assert jon.call("DELETE", added.json()["_links"]["self"]["href"]).status_code == 204
    assert error_of(jon.add("Prod", jon.person_url(JON))) == (403, "access_denied")


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_a_member_becomes_role_admin(bot, clock, method):
    path = f"/auth/memberships/{bot.membership_id('Prod', ADAM)}"
    clock.pass_(5)

    changed = bot.call(method, path, json={"privileged": True})

    assert changed.status_code == 200
    assert changed.json()["privileged"] is True
    assert changed.json()["updated_at"] > changed.json()["created_at"]
    assert bot.get(path).json() == changed.json()
    assert error_of(bot.call(method, path, json={"privileged": "yes"})) == (422, "unprocessable_entity")


def test_only_an_owner_removes_a_person_from_the_organization(simulator, bot, rita):
    path = f"/auth/organizations/{ORGANIZATION}/users/{simulator.parts.state.person(JON).id}"

    assert error_of(bot.call("DELETE", path)) == (403, "access_denied")
    assert rita.call("DELETE", path).status_code == 204
    assert simulator.people("Example Health") == {ADAM, BOT, RITA}
    assert error_of(rita.call("DELETE", path)) == (404, "not_found")


def test_who_is_in_a_role_for_good_is_in_it_with_the_same_membership_after_a_restart(simulator):
    again = Simulator().parts.state.memberships

    assert again
    assert set(again) == set(simulator.parts.state.memberships)
