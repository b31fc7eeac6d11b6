"""The demo: what it makes of the environment, what it writes, and how it finds its way through a page."""

import ast
import socket
from contextlib import ExitStack, nullcontext

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from access.demo import environment, run, seed
from access.demo.aptible import SimulatedAptible
from access.demo.browser import Page
from access.demo.errors import DemoFailed
from access.demo.processes import Processes
from access.demo.timeline import Delay
from access.models import AuditEvent, Flow, Secret, Target, User, UserMapping
from integrations.aptible.simulator import seed as announced
from tests import factories, source


@pytest.fixture
def ports():
    """Three ports that are free, as the variables that name them."""
    names = ("PORT", "SIMULATOR_PORT", "SLACK_SIMULATOR_PORT")
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _name in names]
        for one in probes:
            one.bind(("127.0.0.1", 0))
        return {name: str(one.getsockname()[1]) for name, one in zip(names, probes, strict=True)}


@pytest.fixture
def busy():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield str(listening.getsockname()[1])


def prepared(given, root, *, check=False):
    return environment.prepare(given, read_by_settings=settings.READ_FROM_ENVIRONMENT, root=root, check=check)


def variables():
    """Each variable that the code names where it reads the environment."""
    for path in source.python_files("access", "integrations", "portal"):
        for node in ast.walk(source.tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                of, name = ast.unparse(node.func.value), node.args[0]
                if of in ("env", "os.environ") and isinstance(name, ast.Constant):
                    yield name.value


def test_everything_is_on_this_machine(ports, tmp_path):
    made = prepared(ports, tmp_path)
    assert made["DEMO"] == "1"
    assert made["BASE_URL"] == f"http://127.0.0.1:{ports['PORT']}"
    assert made["APTIBLE_AUTH_ROOT_URL"] == f"http://127.0.0.1:{ports['SIMULATOR_PORT']}/auth"
    assert made["DATA_DIR"] == str(tmp_path / "data")


def test_nothing_of_a_real_installation_gets_in(ports, tmp_path):
    real = {
        "SECRET_KEY": "installed", "SECRET_KEY_FILE": "/installed", "OIDC_CLIENT_SECRET": "installed", "DEBUG": "1",
        "APTIBLE_API_ROOT_URL": "https://api.example.com", "ENCRYPTION_KEYS_FILE": "/installed", "HOME": "/home/olga",
    }  # fmt: skip
    made = prepared({**ports, **real}, tmp_path)
    assert not [name for name, value in made.items() if "installed" in value]
    assert "DEBUG" not in made
    assert made["HOME"] == "/home/olga"


def test_whatever_the_code_reads_is_left_out_unless_it_is_kept(ports, tmp_path):
    """What is new in the code is left out by itself; what is to be kept has to be named, here too."""
    names = {*variables()}
    assert {"AUDIT_ANCHORS", "OIDC_NAME", "BIND", "USHER_SIMULATOR_PASSWORD"} < names
    real = {f"{name}{suffix}": "/installed" for name in names - {"DATA_DIR"} for suffix in ("", "_FILE")}
    made = prepared({**ports, **real, "DATA_DIR_FILE": "/installed"}, tmp_path)
    of_no_setting = {"DJANGO_SETTINGS_MODULE", "Q_CLUSTER_NAME", "REQUESTS_CA_BUNDLE"}
    kept = {name.removesuffix("_FILE") for name, value in made.items() if "/installed" in value}
    assert kept == {"DATABASE_URL", *of_no_setting}


def test_keys_are_made_once_and_for_nobody_else_to_read(ports, tmp_path):
    first, second = prepared(ports, tmp_path), prepared(ports, tmp_path)
    assert first == second
    for name in ("secret-key", "encryption-key"):
        assert (tmp_path / "data" / name).stat().st_mode & 0o777 == 0o600


def test_two_demos_have_cookies_of_their_own(ports, tmp_path):
    other = {**ports, "PORT": ports["SIMULATOR_PORT"], "SIMULATOR_PORT": ports["PORT"]}
    assert prepared(ports, tmp_path)["SESSION_COOKIE_NAME"] != prepared(other, tmp_path)["SESSION_COOKIE_NAME"]


def test_a_port_in_use_is_named_with_its_variable(ports, tmp_path, busy):
    with pytest.raises(DemoFailed, match=f"Port {busy} is in use: set SIMULATOR_PORT to a free one") as refused:
        prepared({**ports, "SIMULATOR_PORT": busy}, tmp_path)
    assert refused.value.code == 2


@pytest.mark.parametrize("value", ["abc", "0", "65536", "-1", "8000.0"])
def test_a_port_that_is_none_is_refused(ports, tmp_path, value):
    with pytest.raises(DemoFailed, match="PORT must be a number from 1 to 65535"):
        prepared({**ports, "PORT": value}, tmp_path)


def test_one_port_for_both_is_refused(ports, tmp_path):
    with pytest.raises(DemoFailed, match="must be different ports"):
        prepared({**ports, "SIMULATOR_PORT": ports["PORT"]}, tmp_path)


def test_a_check_takes_free_ports_and_an_empty_folder(tmp_path):
    made = prepared({}, tmp_path, check=True)
    assert made["PORT"] != made["SIMULATOR_PORT"]
    assert made["DATA_DIR"] == str(tmp_path / "data" / "demo-check")
    left = tmp_path / "data" / "demo-check" / "usher.sqlite3"
    left.touch()
    prepared({}, tmp_path, check=True)
    assert not left.exists()


def test_a_check_throws_nothing_away_that_it_did_not_make(tmp_path):
    (tmp_path / "kept").touch()
    with pytest.raises(DemoFailed, match="is not empty: set DATA_DIR to a new folder") as refused:
        prepared({"DATA_DIR": str(tmp_path)}, tmp_path, check=True)
    assert refused.value.code == 2
    assert (tmp_path / "kept").exists()


@pytest.mark.django_db
def test_the_announcement_is_written_once(aptible, now):
    for _again in range(2):
        seed.seed(durations=[60, 3600], now=now)
    assert set(User.objects.values_list("email", flat=True)) == set(seed.PEOPLE)
    assert User.objects.get(is_superuser=True).email == seed.OLGA
    assert not any(one.has_usable_password() for one in User.objects.all())
    assert Target.objects.get(name="prod").role_id == announced.PROD_ROLE_ID
    flow = Flow.objects.get()
    assert (flow.label, flow.allowed_durations, flow.default_duration) == ("Production access", [60, 3600], 3600)
    assert {one.email for one in flow.stages.get().pools.get().people.all()} == {seed.ADAM, seed.RITA}
    assert UserMapping.objects.exclude(account_id="").count() == 3  # of the announcement's organization
    assert AuditEvent.objects.filter(type="flow.added").count() == 1


@pytest.mark.django_db
def test_the_bots_password_is_stored_encrypted(aptible, now):
    seed.seed(durations=[3600], now=now)
    secret = Secret.objects.get(name="aptible-bot-password")
    assert secret.value() == announced.PASSWORD
    assert announced.PASSWORD not in secret.sealed


@pytest.mark.django_db
def test_a_database_with_other_people_is_refused(aptible):
    factories.person("nina")
    with pytest.raises(DemoFailed, match="people who are not the demo's") as refused:
        seed.refuse_a_real_database()
    assert refused.value.code == 2


@pytest.mark.parametrize(("tables", "is_refused"), [([], False), (["orders"], True)])
def test_a_database_without_people_is_taken_only_when_it_is_empty(monkeypatch, tables, is_refused):
    monkeypatch.setattr(connection.introspection, "table_names", lambda: tables)
    with pytest.raises(DemoFailed, match="tables that are not Usher's") if is_refused else nullcontext():
        seed.refuse_a_real_database()


@pytest.mark.django_db
def test_a_real_database_is_refused_before_anything_is_started_or_written(ports, tmp_path, monkeypatch):
    factories.person("nina")
    done = []
    monkeypatch.setattr(run, "call_command", lambda name, **_options: done.append(name))
    monkeypatch.setattr(Processes, "start", lambda _self, name, *_command: done.append(name))
    with (
        pytest.raises(DemoFailed, match="people who are not the demo's"),
        run.Demo({**ports, "DATA_DIR": str(tmp_path / "data")}, check=False),
    ):
        pass
    assert not done
    assert not [*tmp_path.rglob("*")]


@pytest.mark.django_db
def test_a_simulator_that_forgot_is_told_who_still_holds_a_role(aptible, now, jon):
    factories.grant(now=now, person=jon)
    seed.remind(SimulatedAptible(int(aptible.url.rpartition(":")[2].strip("/"))))
    assert aptible.members("Prod") == {"adam@example.com", "jon@example.com"}


def test_a_page_is_read_as_a_browser_reads_it():
    page = Page(
        """<a href="/end/?next=/">End</a>
        <form action="/find/"><input name="q"></form>
        <form method="POST" action="/ask/">
          <input type="hidden" name="token" value="t&amp;1"><input type="text" name="ticket" value="">
          <input type="radio" name="duration" value="60"><input type="radio" name="duration" value="3600" checked>
          <input type="checkbox" name="sure" value="yes"><input type="submit" name="go" value="Go">
          <input name="old" value="1" disabled><textarea name="reason">to fix
it</textarea>
          <select name="flow"><option value="a">A</option><option value="b" selected>B</option></select>
          <button name="who" value="jon">Jon</button>
        </form>"""
    )
    assert page.links == ["/end/?next=/"]
    find, ask = page.forms
    assert (find.method, find.action) == ("get", "/find/")
    assert (ask.method, ask.action) == ("post", "/ask/")
    assert ask.values == {"token": "t&1", "ticket": "", "duration": "3600", "reason": "to fix\nit", "flow": "b"}


@pytest.mark.parametrize(("seconds", "verdict"), [(0.4, "within 1 s"), (1.4, "within 2 s"), (2.4, "later than 2 s")])
def test_a_delay_is_held_against_what_is_promised(seconds, verdict):
    assert str(Delay("approval → confirmed active", seconds)).endswith(verdict)


def test_a_child_that_dies_is_noticed_and_its_last_words_are_told(tmp_path):
    processes = Processes(tmp_path)
    processes.start("worker", "/bin/sh", "-c", "echo the last words; exit 3")
    try:
        with pytest.raises(DemoFailed, match=r"(?s)the last words.*The worker has died \(3\)"):
            processes.wait_until(lambda: False, "It never came about.", within=10)
    finally:
        processes.stop()


def test_waiting_ends_with_a_sentence(tmp_path):
    with pytest.raises(DemoFailed, match="It never came about"):
        Processes(tmp_path).wait_until(lambda: False, "It never came about.", within=0.1)


def test_a_child_that_does_not_want_to_stop_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr("access.demo.processes.PATIENCE", 0.2)
    processes = Processes(tmp_path)
    processes.start("worker", "/bin/sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done")
    processes.wait_until(lambda: "ready" in (tmp_path / "worker.log").read_text(), "It did not start.", within=10)
    child = processes._children[0].process
    processes.stop()
    assert child.returncode == -9


def test_the_help_has_an_example(capsys):
    with pytest.raises(SystemExit):
        call_command("demo", "--help")
    assert "python manage.py demo --check" in capsys.readouterr().out
