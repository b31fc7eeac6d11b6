"""What is in deploy/ and beside it: read by the programs that it is for, where they are on this machine."""

import subprocess
import sys
from pathlib import Path

import yaml

from portal.version import VERSION
from tests import programs, source

PROCFILE = dict(line.split(": ", 1) for line in (source.ROOT / "Procfile").read_text().splitlines())


def read(name):
    return (source.ROOT / name).read_text()


def told_by(*command):
    done = subprocess.run(command, cwd=source.ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    return done.returncode, done.stdout + done.stderr


def test_the_platform_is_told_of_web_worker_and_what_comes_before():
    assert set(PROCFILE) == {"web", "worker"}
    assert yaml.safe_load(read(".aptible.yml"))["before_release"][-1] == "python manage.py migrate --no-input"
    assert PROCFILE["web"] in read("Dockerfile").replace('", "', " ")


def test_the_image_has_only_what_it_needs_and_no_rights():
    lines = read("Dockerfile").splitlines()
    assert "USER 10001:10001" in lines
    assert "--require-hashes" in read("Dockerfile")
    assert read(".dockerignore").splitlines()[1] == "*"
    copied = {word for line in lines if line.startswith("COPY") and "--from" not in line for word in line.split()[1:-1]}
    allowed = {line[1:] for line in read(".dockerignore").splitlines() if line.startswith("!")}
    assert copied == allowed


def test_hadolint_finds_nothing_in_the_dockerfile():
    assert told_by(Path(sys.executable).parent / "hadolint", "--failure-threshold", "style", "Dockerfile") == (0, "")


def test_compose_runs_read_only_without_capabilities():
    services = yaml.safe_load(read("compose.yaml"))["services"]
    assert set(services) == {"db", "migrate", "web", "worker"}
    for name in ("migrate", "web", "worker"):
        assert (services[name]["read_only"], services[name]["cap_drop"]) == (True, ["ALL"])


def test_the_units_are_hardened_and_systemd_can_read_them():
    units = sorted((source.ROOT / "deploy/systemd").glob("*.service"))
    assert [unit.stem for unit in units] == ["usher-slack-socket", "usher-web", "usher-worker"]
    for unit in units:
        assert {"User=usher", "UMask=0077", "ProtectSystem=strict"} <= set(unit.read_text().splitlines())
    _code, said = told_by(programs.needed("systemd-analyze"), "verify", *map(str, units))
    # The programs that they start are not installed here.
    assert [line for line in said.splitlines() if line and "is not executable" not in line] == []


def test_the_version_stands_in_one_place():
    assert VERSION not in read("pyproject.toml").split("[tool.ruff]")[0]
