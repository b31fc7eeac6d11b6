"""Signing in: the code here, the confirmation in a browser, and the token where nobody else reads it."""

import io
import json
import re
import stat

import pytest
from usher_client import login, tokens
from usher_client.cli import main

from tests.browser import Browser


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch):
    """What the desktop of whoever runs the tests keeps is left alone."""
    monkeypatch.setitem(__import__("sys").modules, "keyring", None)


@pytest.fixture
def home(tmp_path):
    return {"HOME": str(tmp_path)}


def signed_in(portal, home, *words, answer="confirm", scopes=("read", "ask", "end")):
    """Run `usher login`, and answer it when it first looks whether somebody has."""
    out, err, browser = io.StringIO(), io.StringIO(), Browser(portal, "jon@example.com")
    seen = []

    def sleep(_seconds):
        if not seen:
            seen.append(browser.answer(re.search(r"code: (\S+)", err.getvalue())[1], answer, list(scopes)))

    argv = ["login", "--url", portal.url, "--no-browser", "--json", *words]
    code = main(argv, environment=home, out=out, err=err, sleep=sleep)
    return code, out.getvalue(), err.getvalue(), seen[0]


def test_a_token_is_confirmed_in_a_browser_and_kept_for_oneself(portal, home, tmp_path):
    code, out, _err, page = signed_in(portal, home)
    assert code == 0
    assert "Confirm only what you started yourself" in page
    told = json.loads(out)
    assert (told["email"], told["token"]["scopes"]) == ("jon@example.com", ["read", "ask", "end"])
    kept = tmp_path / ".config/usher/tokens.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert json.loads(kept.read_text())[portal.url] not in out
    # From now on no address and no token has to be said.
    out = io.StringIO()
    assert main(["whoami"], environment=home, out=out) == 0
    assert out.getvalue().startswith("jon@example.com by the token T-")


def test_who_says_no_is_1_and_nothing_is_kept(portal, home, tmp_path):
    code, _out, err, _page = signed_in(portal, home, answer="deny")
    assert code == 1
    assert "refused in the browser" in err
    assert not (tmp_path / ".config").exists()


def test_an_assistant_has_a_token_of_its_own_beside_the_person_s(portal, home):
    signed_in(portal, home)
    code, out, _err, _page = signed_in(portal, home, "--assistant", scopes=("read", "assist", "end"))
    assert (code, json.loads(out)["token"]["scopes"]) == (0, ["read", "assist", "end"])
    own, of_assistant = (tokens.find_token(portal.url, home, kind=kind) for kind in ("", tokens.ASSISTANT))
    assert own != of_assistant
    assert main(["logout", "--assistant"], environment=home, out=io.StringIO()) == 0
    assert tokens.find_token(portal.url, home) == own
    with pytest.raises(tokens.Unusable, match="usher login --assistant"):
        tokens.find_token(portal.url, home, kind=tokens.ASSISTANT)


def test_profiles_name_portals(portal, home):
    signed_in(portal, home, "--name", "work")
    err = io.StringIO()
    assert main(["whoami", "--profile", "work"], environment=home, out=io.StringIO()) == 0
    assert main(["whoami", "--profile", "home"], environment=home, out=io.StringIO(), err=err) == 2
    assert "There are: work." in err.getvalue()
    # The first one is the default; what is said now comes before it.
    assert main(["whoami"], environment=home, out=io.StringIO()) == 0
    assert main(["whoami"], environment={**home, "USHER_URL": "http://127.0.0.1:9"}, out=io.StringIO(), err=err) == 2


def test_time_is_up_with_4(portal, home):
    clock = iter(range(0, 10_000, 400))
    err = io.StringIO()
    argv = ["login", "--url", portal.url, "--no-browser"]
    assert main(argv, environment=home, err=err, sleep=lambda _seconds: None, clock=lambda: next(clock)) == 4
    assert "Nobody confirmed it in time." in err.getvalue()


def test_only_the_portal_s_own_page_is_opened(portal, home, monkeypatch):
    told = {"device_code": "x", "user_code": "BCDF-GHJK", "verification_uri_complete": "https://evil.example/?code=B"}
    monkeypatch.setattr(login, "post_form", lambda *_args: (200, {**told, "expires_in": 0}))
    opened, err = [], io.StringIO()
    monkeypatch.setattr(login.webbrowser, "open", opened.append)
    assert main(["login", "--url", portal.url], environment=home, err=err) == 4
    assert opened == [f"{portal.url}/login/device/?code=B"]
    assert "evil" not in err.getvalue()


def test_a_file_that_others_can_read_is_refused(home, tmp_path):
    tokens.keep_token("https://x", "usher_secret", home)
    (tmp_path / ".config/usher/tokens.json").chmod(0o644)
    with pytest.raises(tokens.Unusable, match="chmod 600"):
        tokens.find_token("https://x", home)


def test_a_keyring_comes_before_the_file(home, tmp_path, monkeypatch):
    kept = {}
    ring = type("Ring", (), {
        "get_password": staticmethod(lambda service, name: kept.get((service, name))),
        "set_password": staticmethod(lambda service, name, token: kept.update({(service, name): token})),
        "delete_password": staticmethod(lambda service, name: kept.pop((service, name))),
    })  # fmt: skip
    monkeypatch.setitem(__import__("sys").modules, "keyring", ring)
    errors = type("Errors", (), {"KeyringError": type("KeyringError", (Exception,), {})})
    monkeypatch.setitem(__import__("sys").modules, "keyring.errors", errors)
    assert tokens.keep_token("https://x", "usher_secret", home) == "the keyring"
    assert tokens.find_token("https://x", home) == "usher_secret"
    assert not (tmp_path / ".config").exists()
    assert tokens.forget_token("https://x", home)
    assert kept == {}
    ring.set_password = staticmethod(lambda *_args: (_ for _ in ()).throw(RuntimeError("locked")))
    assert tokens.keep_token("https://x", "usher_secret", home).endswith("tokens.json")
