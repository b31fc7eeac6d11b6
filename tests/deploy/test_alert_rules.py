"""The alert rules: read and tried by Prometheus's own tool, where it is."""

import re
import subprocess

import pytest
import yaml

from tests import programs, source

FOLDER = source.ROOT / "deploy/prometheus"


def read(name):
    return yaml.safe_load((FOLDER / name).read_text())


RULES = {rule["alert"]: rule for group in read("rules.yaml")["groups"] for rule in group["rules"]}
TRIED = [trial for one in read("rules.test.yaml")["tests"] for trial in one["alert_rule_test"]]


def promtool(*words, given=None):
    done = subprocess.run(  # noqa: S603  our own command line
        [programs.needed("promtool"), *words], cwd=FOLDER, input=given, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_every_rule_says_what_it_means():
    assert len(RULES) > 8
    assert all(rule["annotations"]["summary"].endswith(".") and rule["labels"]["severity"] for rule in RULES.values())


def test_every_rule_leads_to_what_is_to_be_done():
    assert {rule["annotations"].get("runbook") for rule in RULES.values()} == {"docs/operations.md#alerts"}
    section = (source.ROOT / "docs/operations.md").read_text().partition("\n## Alerts\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.+) \| (.+) \|$", section, re.MULTILINE)
    assert [name for name, _means, _to_do in rows] == [*RULES]


@pytest.mark.parametrize("alert", RULES)
def test_each_alert_is_seen_to_come_and_not_to_come(alert):
    trials = [trial for trial in TRIED if trial["alertname"] == alert]
    assert [trial for trial in trials if trial["exp_alerts"]]
    assert [trial for trial in trials if not trial["exp_alerts"]]


def test_prometheus_can_read_the_rules():
    code, said = promtool("check", "rules", "rules.yaml")
    assert (code, f"{len(RULES)} rules found" in said) == (0, True), said


def test_prometheus_raises_each_alert_when_it_should():
    code, said = promtool("test", "rules", "rules.test.yaml")
    assert code == 0, said


@pytest.mark.django_db
def test_prometheus_finds_nothing_odd_in_the_figures(client, flow):
    code, said = promtool("check", "metrics", given=client.get("/metrics").content.decode())
    assert (code, said) == (0, "")
