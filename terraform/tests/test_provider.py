"""The provider's own classes against a portal that runs: what Terraform would call, without Terraform."""

import concurrent.futures

import pytest

from tests.kept import Kept, flow, target


def test_a_row_is_made_and_stays_as_it_was_written(kept, integration):
    one = target(kept, max_duration="90m").create()
    assert (one.errors, one.state["id"]) == ([], "py-db")
    assert one.read().is_clean
    assert integration.read().is_clean


def test_a_flow_with_all_of_its_blocks_is_clean_after_an_apply(kept, integration, client):
    target(kept).create()
    kept("sym_strategy", type="aptible", name="py", integration_id="py", targets=["py-db"]).create()
    one = flow(kept, "py").create()
    assert one.errors == []
    assert one.read().is_clean
    has = client.get("/config/sym_flow/py-flow").body["arguments"]
    assert has["durations"] == [3600, 5400]
    assert [stage["label"] for stage in has["stage"]] == ["B", "A"]
    assert [question["allowed_values"] for question in has["params"]["prompt_field"]] == [[1, 2], None]
    assert one.update(label="Of Python").read().is_clean
    assert client.get("/config/sym_flow/py-flow").body["arguments"]["label"] == "Of Python"


def test_what_somebody_else_changed_is_seen_and_nothing_else(kept, integration, client):
    one = target(kept, max_duration="90m").create()
    said = client.get("/config/sym_target/py-db").body["arguments"]
    client.call("PUT", "/config/sym_target/py-db", {**said, "risk": "high"})
    one.read()
    assert (one.state["risk"], one.state["max_duration"], one.is_clean) == ("high", "90m", False)
    assert one.update().read().is_clean
    assert client.get("/config/sym_target/py-db").body["arguments"]["risk"] == "medium"


@pytest.mark.parametrize("verb", ["update", "delete"])
def test_what_changes_between_plan_and_apply_is_not_overwritten(kept, integration, client, verb):
    one = target(kept).create()
    said = client.get("/config/sym_target/py-db").body["arguments"]
    client.call("PUT", "/config/sym_target/py-db", {**said, "risk": "high"})
    before = one.state
    getattr(one, verb)()
    assert one.errors == ["It has changed since the plan was made. Plan again, and decide anew."]
    assert one.state == before
    assert client.get("/config/sym_target/py-db").body["arguments"]["risk"] == "high"


def test_what_is_gone_is_made_anew(kept, integration, client):
    one = target(kept).create()
    client.call("DELETE", "/config/sym_target/py-db")
    assert one.read().state is None


def test_a_flow_is_imported_as_terraform_writes_it(kept, integration):
    first = flow(kept, "").create()
    # Without access there is no break-glass; what is wrong is told with the flow's name.
    assert first.errors
    target(kept).create()
    kept("sym_strategy", type="aptible", name="py", integration_id="py", targets=["py-db"]).create()
    first, second = flow(kept, "py").create(), flow(kept, "py")
    second.adopt("py-flow").read()
    [params] = second.state["params"]
    assert params["prompt_field"][0]["allowed_values"] == ["1", "2"]
    assert params["prompt_field"][1]["shown_if"] == {"field": "count", "values": ["2"]}
    assert (second.state["durations"], second.state["stage"][1]["pool"][1]["after"]) == (["1h", "90m"], "1h")
    assert second.update().read().is_clean
    first.state = None


def test_what_is_there_is_imported_not_made(kept, integration):
    first, second = target(kept, max_duration="90m").create(), target(kept, max_duration="90m")
    assert second.create().state is None
    assert second.errors == ["py-db is here already. Import it to keep it."]
    second.adopt("aptible_role:PY-DB").read()
    assert (second.state["id"], second.state["max_duration"], second.state["settings"]["role_id"]) == (
        "py-db", "90m", "role-py-db",
    )  # fmt: skip
    assert second.update().read().is_clean
    second.state = None
    assert first.read().state


def test_an_import_of_nothing_says_so(kept):
    assert kept("sym_target").adopt("nothing").errors == ["There is no sym_target “nothing” here."]
    assert "nothing to import" in kept("sym_environment").adopt("main").errors[0]


def test_a_target_that_a_strategy_still_lists_can_go_in_the_same_apply(kept, integration):
    first, second = target(kept).create(), target(kept, "py-two").create()
    strategy = kept(
        "sym_strategy", type="aptible", name="py", integration_id="py", targets=["py-db", "py-two"]
    ).create()
    assert second.delete().errors == []
    assert strategy.update(targets=["py-db"]).errors == []
    assert strategy.read().is_clean
    assert first.read().is_clean


def test_what_is_used_says_by_whom(kept, integration):
    target(kept).create()
    integration.delete()
    assert integration.state
    assert integration.errors == ["py is used by sym_target py-db. Take it out there first."]


def test_a_refusal_points_at_the_argument(kept, integration):
    one = target(kept, risk="none").create()
    assert one.state is None
    assert [(each.path, each.detail) for each in one.told.diagnostics] == [
        (["risk"], "risk: A risk is low, medium or high.")
    ]
    bad = flow(kept, "", stage=[{"people": ["nobody@example.com"], "needed": 1}, {"needed": None, "label": ["x"]}])
    assert bad.create().errors


def test_ten_threads_at_once_make_ten_rows(provider, kept, integration):
    many = [target(kept, f"py-{number}") for number in range(10)]
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        list(pool.map(Kept.create, many))
    assert [one.errors for one in many] == [[]] * 10
    assert all(one.read().is_clean for one in many)
