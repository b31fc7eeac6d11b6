"""The environment: what is read from where, and what is said of a value that can't be right."""

import pytest

from portal import env


@pytest.fixture(autouse=True)
def problems(monkeypatch):
    found: list[str] = []
    monkeypatch.setattr(env, "problems", found)
    for name in ("THING", "THING_FILE"):
        monkeypatch.delenv(name, raising=False)
    return found


def test_a_text_is_read_from_the_environment(monkeypatch, problems):
    monkeypatch.setenv("THING", " some text\n")
    assert env.text("THING", "default") == "some text"
    assert problems == []


@pytest.mark.parametrize("value", ["", "  ", "\n"])
def test_an_empty_value_counts_as_none(monkeypatch, value):
    monkeypatch.setenv("THING", value)
    assert env.text("THING", "default") == "default"


def test_a_text_is_read_from_a_file(monkeypatch, tmp_path):
    file = tmp_path / "thing"
    file.write_text("from the file\n")
    monkeypatch.setenv("THING_FILE", str(file))
    monkeypatch.setenv("THING", "from the variable")
    assert env.text("THING") == "from the file"


def test_a_file_that_cannot_be_read_is_a_problem_that_does_not_show_what_is_in_it(monkeypatch, problems, tmp_path):
    file = tmp_path / "thing"
    file.write_bytes(b"hush\xff\xfe")
    for path in (file, tmp_path / "missing"):
        monkeypatch.setenv("THING_FILE", str(path))
        assert env.text("THING", "default") == "default"
    assert problems == ["THING_FILE names a file that cannot be read as text."] * 2


def test_a_text_that_starts_with_a_dollar_is_that_text(monkeypatch):
    monkeypatch.setenv("OTHER", "not this")
    monkeypatch.setenv("THING", "$OTHER")
    assert env.text("THING") == "$OTHER"


@pytest.mark.parametrize(
    ("value", "meaning"), [("1", True), ("True", True), ("yes", True), ("on", True), ("0", False), ("off", False)]
)
def test_a_flag_is_read_in_the_usual_words(monkeypatch, problems, value, meaning):
    monkeypatch.setenv("THING", value)
    assert env.flag("THING") is meaning
    assert problems == []


def test_a_flag_that_is_no_flag_is_a_problem(monkeypatch, problems):
    monkeypatch.setenv("THING", "maybe")
    assert env.flag("THING") is False
    assert problems == ["THING must be 1 or 0."]


@pytest.mark.parametrize("value", ["four", "-1", "1.5", "²"])
def test_a_number_that_is_no_whole_number_is_a_problem(monkeypatch, problems, value):
    monkeypatch.setenv("THING", value)
    assert env.number("THING", 4) == 4
    assert problems == ["THING must be a whole number."]


def test_a_word_that_is_not_offered_is_a_problem(monkeypatch, problems):
    monkeypatch.setenv("THING", "xml")
    assert env.choice("THING", ("text", "json"), "text") == "text"
    assert problems == ["THING must be one of: text, json."]


def test_names_are_separated_by_commas(monkeypatch):
    monkeypatch.setenv("THING", " a.example , ,b.example,")
    assert env.names("THING") == ["a.example", "b.example"]


def test_a_root_address_loses_its_last_slash(monkeypatch, problems):
    monkeypatch.setenv("THING", "https://usher.example.com/")
    assert env.root_url("THING", "") == "https://usher.example.com"
    assert problems == []


@pytest.mark.parametrize(
    "value",
    ["usher.example.com", "ftp://usher.example.com", "https://", "https://:443", "http://[::1", "http://a:port"],
)
def test_an_address_that_is_none_is_a_problem(monkeypatch, problems, value):
    monkeypatch.setenv("THING", value)
    assert env.root_url("THING", "https://default.example") == "https://default.example"
    assert problems == ["THING must be an address that starts with https:// or http://."]


def test_without_a_database_address_the_embedded_file_is_used(tmp_path):
    found = env.database("THING", sqlite=tmp_path / "usher.sqlite3")
    assert found == {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "usher.sqlite3")}


@pytest.mark.parametrize(
    "host", ["%2Fvar%2Frun%2FPostgres", "usher@%2Fvar%2Frun%2FPostgres", "usher:s%40fe@%2fvar%2frun%2fPostgres:5433"]
)
def test_a_socket_of_postgresql_is_named_by_its_encoded_path(monkeypatch, problems, tmp_path, host):
    monkeypatch.setenv("THING", f"postgres://{host}/usher")
    found = env.database("THING", sqlite=tmp_path / "db")
    assert (found["HOST"], found["NAME"]) == ("/var/run/Postgres", "usher")


def test_a_postgresql_address_is_taken_apart(monkeypatch, problems, tmp_path):
    monkeypatch.setenv("THING", "postgres://usher:s%40fe@db.example:5433/usher?sslmode=require")
    found = env.database("THING", sqlite=tmp_path)
    assert found["ENGINE"] == "django.db.backends.postgresql"
    assert (found["HOST"], found["PORT"], found["NAME"], found["USER"]) == ("db.example", 5433, "usher", "usher")
    assert found["PASSWORD"] == "s@fe"
    assert found["OPTIONS"] == {"sslmode": "require"}
    assert problems == []


@pytest.mark.parametrize(
    "value", ["usher", "mysql://u:hush@h/n", "postgres://u:hush@h", "postgres://u:hush@h:port/n", "://u:hush@h/n"]
)
def test_a_database_address_that_is_none_is_a_problem_that_does_not_show_the_password(
    monkeypatch, problems, tmp_path, value
):
    monkeypatch.setenv("THING", value)
    assert env.database("THING", sqlite=tmp_path / "db")["ENGINE"] == "django.db.backends.sqlite3"
    [problem] = problems
    assert problem.startswith("THING is not an address of a database")
    assert "hush" not in problem


def test_what_may_be_unset_says_so(monkeypatch, problems):
    monkeypatch.setenv("THING", "fles")
    assert env.choice("THING", ("", "files"), "") == ""
    assert problems == ["THING must be one of: files, or unset."]


@pytest.mark.parametrize(
    "value",
    ["abc", "https://sentry.example.com/1", "https://key@sentry.example.com/", "ftp://key@host/1", "https://[x"],
)
def test_the_address_of_a_sentry_that_is_none_counts_as_unset(monkeypatch, problems, value):
    monkeypatch.setenv("THING", value)
    assert env.dsn("THING") == ""
    assert problems == ["THING is not the address of a project at Sentry, such as https://key@sentry.example.com/1."]


@pytest.mark.parametrize("value", ["", "https://key@o1.ingest.sentry.io/42", "http://key@sentry.internal:9000/below/7"])
def test_the_address_of_a_sentry(monkeypatch, problems, value):
    monkeypatch.setenv("THING", value)
    assert (env.dsn("THING"), problems) == (value, [])
