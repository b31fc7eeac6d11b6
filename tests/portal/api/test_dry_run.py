"""A dry run of the set-up: what a row would be refused for, after what else is planned; nothing is written."""

import pytest

from access.models import AuditEvent, Flow, Secret, Target
from integrations.aptible.simulator import seed
from tests import factories
from tests.portal.api.test_config import FLOW, INTEGRATION, TARGET, WHOLE, put


@pytest.fixture
def olgas(caller, olga, adam, jon):
    return caller(olga)


@pytest.fixture
def here(olgas):
    for path, said in WHOLE.items():
        assert put(olgas, path, said).status_code == 201
    return olgas


def step(path, said, **more):
    type_, _slash, name = path.partition("/")
    return {"type": type_, "name": name, "arguments": said, **more}


def judged(by, *steps, **more):
    return by.post("/config/dry-run", {"steps": list(steps), **more})


STEPS = [step(path, said) for path, said in WHOLE.items()]


def test_a_row_is_judged_after_those_that_are_planned_before_it(olgas):
    assert judged(olgas, *STEPS).json() == {"warnings": []}
    alone = judged(olgas, STEPS[-1])
    assert (alone.status_code, alone.json()["errors"]) == (
        400, {"params.strategy_id": "There is no sym_strategy “main” here."},
    )  # fmt: skip
    assert not Secret.objects.exists()
    assert not AuditEvent.objects.filter(type="secret.added").exists()


def test_what_is_wrong_is_told_as_a_put_tells_it(here):
    wrong = {**FLOW, "stage": [{"people": ["nobody@example.com"]}]}
    said = judged(here, step("sym_flow/production", wrong))
    assert said.json() == put(here, "sym_flow/production", wrong).json()
    assert said.status_code == 400
    made = judged(here, step("sym_flow/production", FLOW, if_none_match="*"))
    assert (made.status_code, Flow.objects.count()) == (412, 1)
    assert judged(here, step("sym_flow/production", FLOW, if_match="x")).status_code == 412


def test_what_follows_a_row_that_is_wrong_is_not_told_as_well(olgas):
    broken = [{**one, "arguments": {**one["arguments"], "risk": "none"}} if one["type"] == "sym_target" else one
              for one in STEPS]  # fmt: skip
    assert judged(olgas, *broken).json() == {"warnings": []}
    assert judged(olgas, *broken[:3]).status_code == 400


def test_a_row_that_others_use_may_go_with_them_but_not_one_that_is_held(here, now, jon):
    assert judged(here, step("sym_strategy/main", None)).status_code == 200
    factories.mapping(jon)
    factories.grant(now=now, in_flow=Flow.objects.get(), for_target=Target.objects.get())
    held = judged(here, step("sym_target/prod", None))
    assert (held.status_code, "Jon Reyes" in held.json()["detail"]) == (409, True)
    assert judged(here, step("sym_target/none", None)).status_code == 404
    assert Target.objects.exists()


def test_what_is_planned_before_a_row_may_change_it(here):
    tag = here.get("/config/sym_strategy/main").headers["ETag"]
    without = {**WHOLE["sym_strategy/main"], "targets": []}
    gone = step("sym_target/prod", None)
    assert judged(here, gone, step("sym_strategy/main", without, if_match=tag)).status_code == 200
    assert judged(here, gone, step("sym_strategy/main", without, if_match='"x"')).status_code == 412


def test_aptible_is_asked_when_that_is_said(olgas, aptible):
    name, word = (step(f"sym_secret/{one.lower()}", {"source_id": "env", "path": f"TEST_BOT_{one}"})
                  for one in ("USERNAME", "PASSWORD"))  # fmt: skip
    settings = {"username_secret": "username", "password_secret": "password"}
    bot = [name, word, step("sym_integration/main", {**INTEGRATION, "settings": settings})]
    wrong = step("sym_target/prod", {**TARGET, "settings": {"role_id": "r-none"}})
    assert judged(olgas, *bot, wrong).status_code == 200
    said = judged(olgas, *bot, wrong, online=True)
    assert said.status_code == 400
    assert "The organization has no role r-none." in said.json()["errors"]["settings"]
    assert judged(olgas, *bot, STEPS[2], online=True).status_code == 200
    elsewhere = step("sym_integration/main", {**INTEGRATION, "settings": settings, "external_id": "another"})
    said = judged(olgas, name, word, elsewhere, online=True)
    assert (said.status_code, "Aptible could not be asked" in str(said.json()["errors"])) == (400, True)
    assert seed.PASSWORD not in str(said.json())


def test_it_counts_as_reading_and_is_for_admins(olgas, caller, rita):
    assert judged(caller(rita), *STEPS).status_code == 403
    for _each in range(61):
        assert judged(olgas, STEPS[0]).status_code == 200
    assert judged(olgas).status_code == 400
