import pytest

from tests.integrations.aptible.simulator.conftest import ADAM, BOT, JON, ORGANIZATION, PROD, RITA, error_of

HERE = f"/auth/organizations/{ORGANIZATION}"


def test_the_organizations_of_the_bot(simulator, bot):
    (row,) = bot.rows("/auth/organizations", "organizations")

    assert (row["id"], row["_type"], row["name"]) == (ORGANIZATION, "organization", "Example Health")
    assert row["_links"]["roles"]["href"] == f"{simulator.url}{HERE}/roles"
    assert bot.get(row["_links"]["self"]["href"]).json() == row
    assert bot.rows("/auth/reauthenticate_organizations", "organizations") == []


def test_the_people_of_the_organization(bot):
    people = bot.rows(f"{HERE}/users", "users")

    assert {row["email"]: row["name"] for row in people} == {
        JON: "Jon Reyes",
        ADAM: "Adam Novak",
        RITA: "Rita Moss",
        BOT: "Usher Bot",
    }
    assert {(row["_type"], row["verified"]) for row in people} == {("user", True)}
    assert bot.get(people[0]["_links"]["self"]["href"]).json() == people[0]


def test_the_roles_of_the_organization(simulator, bot):
    roles = {row["name"]: row for row in bot.rows(f"{HERE}/roles", "roles")}

    assert list(roles) == ["Account Owners", "Deploy Owners", "Prod", "Staging", "Everyone", "Billing SCIM"]
    assert [row["type"] for row in roles.values()] == ["owner", "platform_owner"] + ["platform_user"] * 4
    assert [name for name, row in roles.items() if row["scim_created"]] == ["Billing SCIM"]
    prod = roles["Prod"]
    assert (prod["id"], prod["_type"]) == (PROD, "role")
    assert prod["_links"]["organization"]["href"] == simulator.url + HERE
    assert bot.get(prod["_links"]["self"]["href"]).json() == prod


def test_who_is_in_a_role(bot):
    assert [row["email"] for row in bot.rows(f"/auth/roles/{PROD}/users", "users")] == [ADAM]


def test_the_roles_of_a_person(bot):
    roles = bot.rows(bot.person_url(JON) + "/roles", "roles")

    assert [row["name"] for row in roles] == ["Staging", "Everyone"]


def test_memberships_of_all_roles_under_the_id_of_the_role(simulator, bot):
    groups = bot.get(f"{HERE}/roles/memberships").json()["_embedded"]

    assert len(groups) == 6
    (row,) = groups[PROD]["memberships"]
    assert row["_links"]["role"]["href"] == f"{simulator.auth_url}/roles/{PROD}"
    assert row["_links"]["user"]["href"] == bot.person_url(ADAM)
    assert row == bot.rows(f"/auth/roles/{PROD}/memberships", "memberships")[0]


def test_ids_are_taken_in_any_case(bot):
    assert bot.get(f"/auth/roles/{PROD.upper()}").json()["id"] == PROD
    assert bot.get(HERE.replace(ORGANIZATION, ORGANIZATION.upper())).status_code == 200


def test_ids_are_the_same_in_every_run(simulator, bot):
    before = bot.person_url(JON), bot.role_id("Staging")
    simulator.reset()
    bot.sign_in()

    assert (bot.person_url(JON), bot.role_id("Staging")) == before


@pytest.mark.parametrize(
    "path",
    [
        "/auth/organizations/nowhere",
        "/auth/organizations/nowhere/roles",
        "/auth/roles/nothing",
        "/auth/roles/nothing/memberships",
        "/auth/users/nobody",
        "/auth/memberships/none",
        "/auth/something/else",
        "/api/accounts/9",
        "/api/accounts/prod",
        "/api/permissions/9",
        "/elsewhere",
    ],
)
def test_what_is_not_there_is_not_found(bot, path):
    assert error_of(bot.get(path)) == (404, "not_found")


@pytest.mark.parametrize(("method", "path"), [("DELETE", HERE), ("PUT", "/auth/tokens"), ("POST", "/api/permissions")])
def test_a_method_that_does_not_exist(bot, method, path):
    assert error_of(bot.call(method, path)) == (405, "method_not_allowed")


def test_answers_are_hal(bot):
    assert bot.get("/auth/organizations").headers["Content-Type"] == "application/hal+json"
    assert bot.get("/auth/nowhere").headers["Content-Type"] == "application/hal+json"


def test_another_organization_stays_out_of_sight(simulator, bot):
    simulator.add_organization("Other Company")
    simulator.add_role("Others", "Other Company")
    simulator.add_person("olga@example.com", "Olga Others", ["Others"])
    other = simulator.parts.state.organization("Other Company").id
    olga = simulator.parts.state.person("olga@example.com").id

    assert len(bot.rows("/auth/organizations", "organizations")) == 1
    for path in (f"/auth/organizations/{other}", f"/auth/roles/{bot.role_id('Others')}", f"/auth/users/{olga}"):
        assert error_of(bot.get(path)) == (404, "not_found")


def test_the_environments_and_their_permissions(simulator, bot):
    environments = {row["handle"]: row for row in bot.rows("/api/accounts", "accounts")}
    prod = environments["prod"]

    assert [row["type"] for row in environments.values()] == ["production", "development"]
    assert (prod["_type"], prod["organization_id"]) == ("account", ORGANIZATION)
    assert prod["_links"]["organization"]["href"] == simulator.url + HERE
    assert bot.get(prod["_links"]["self"]["href"]).json() == prod
    rows = bot.rows(prod["_links"]["permissions"]["href"], "permissions")
    scopes = {row["scope"] for row in rows if row["_links"]["role"]["href"].endswith(PROD)}
    assert scopes == {"deploy", "tunnel", "observability"}
    assert prod["_embedded"]["permissions"] == rows
    assert bot.get(rows[0]["_links"]["self"]["href"]).json() == rows[0]


def test_no_embed_leaves_the_permissions_out(bot):
    assert all("_embedded" not in row for row in bot.rows("/api/accounts?no_embed=true", "accounts"))


def test_the_deploy_api_answers_in_pages(bot):
    ids, url, seen = [], "/api/permissions?per_page=3", []
    while url:
        page = bot.get(url).json()
        seen.append((page["current_page"], page["per_page"], page["total_count"]))
        ids += [row["id"] for row in page["_embedded"]["permissions"]]
        url = page["_links"].get("next", {}).get("href")

    assert seen == [(1, 3, 7), (2, 3, 7), (3, 3, 7)]
    assert len(set(ids)) == 7


def test_a_page_behind_the_last_is_empty(bot):
    page = bot.get("/api/permissions?page=9").json()

    assert page["_embedded"]["permissions"] == []
    assert "next" not in page["_links"]


def test_somebody_who_is_no_owner_sees_only_the_environments_of_their_roles(simulator, jon):
    simulator.remove_member("Everyone", JON)

    assert [row["handle"] for row in jon.rows("/api/accounts", "accounts")] == ["staging"]
    assert error_of(jon.get("/api/accounts/101")) == (404, "not_found")
    assert jon.get("/api/permissions").json()["total_count"] == 3


def test_sso_hides_the_organization_from_all_but_its_owners(simulator, bot, rita):
    simulator.enforce_sso(True)

    assert bot.rows("/auth/organizations", "organizations") == []
    assert [row["id"] for row in bot.rows("/auth/reauthenticate_organizations", "organizations")] == [ORGANIZATION]
    assert error_of(bot.get(f"{HERE}/users")) == (403, "access_denied")
    assert error_of(bot.get(f"/auth/roles/{PROD}/memberships")) == (403, "access_denied")
    assert bot.rows("/api/accounts", "accounts") == []
    (row,) = rita.rows("/auth/organizations", "organizations")
    assert row["sso_enforced"] is True
