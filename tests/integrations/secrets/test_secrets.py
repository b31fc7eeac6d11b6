"""Where a credential comes from, and what is said when it does not."""

import os
import pickle
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from integrations.base import NeedsAttention
from integrations.secrets import Secret, SecretUnavailable, resolve, seal, unseal

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_a_secret_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv("BOT_PASSWORD", "s3cret")
    assert resolve("env", "BOT_PASSWORD", keys=[]) == "s3cret"


@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_variable_is_named(monkeypatch, value):
    monkeypatch.delenv("BOT_PASSWORD", raising=False)
    if value is not None:
        monkeypatch.setenv("BOT_PASSWORD", value)
    with pytest.raises(SecretUnavailable, match="BOT_PASSWORD is not set, or empty"):
        resolve("env", "BOT_PASSWORD", keys=[])


@pytest.mark.parametrize("content", ["s3cret", "s3cret\n", "s3cret\r\n"])
def test_a_secret_comes_from_a_file_without_its_last_line_break(tmp_path: Path, content):
    path = tmp_path / "password"
    path.write_bytes(content.encode())
    assert resolve("file", str(path), keys=[], folders=[str(tmp_path)]) == "s3cret"


def test_blanks_inside_a_file_belong_to_the_secret(tmp_path: Path):
    path = tmp_path / "password"
    path.write_text(" s3 cret \n")
    assert resolve("file", str(path), keys=[], folders=[str(tmp_path)]) == " s3 cret "


@pytest.mark.parametrize("content", [None, b"", b"\n", b"caf\xe9-s3cret", b"s3cret" * 20_000])
def test_a_file_that_is_missing_empty_or_no_short_text_is_named_and_its_content_is_not(tmp_path: Path, content):
    path = tmp_path / "password"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SecretUnavailable) as raised:
        resolve("file", str(path), keys=[], folders=[str(tmp_path)])
    assert str(path) in raised.value.summary
    assert "s3cret" not in raised.value.summary
    assert raised.value.__context__ is None


@pytest.mark.parametrize("path", ["/", "/dev/zero", "\0"])
def test_a_path_that_is_no_ordinary_file_does_no_harm(path):
    with pytest.raises(SecretUnavailable):
        resolve("file", path, keys=[], folders=["/"])


def test_what_was_sealed_opens_again():
    sealed = seal("s3cret", keys=[NEW])
    assert "s3cret" not in sealed
    assert resolve("stored", sealed, keys=[NEW]) == "s3cret"


def test_keys_can_be_changed_one_after_the_other():
    sealed = seal("s3cret", keys=[OLD])
    assert unseal(sealed, keys=[NEW, OLD]) == "s3cret"
    assert unseal(seal("s3cret", keys=[NEW, OLD]), keys=[NEW]) == "s3cret"


@pytest.mark.parametrize(
    "sealed",
    # Each process makes keys of its own, so the test's name does not come from the value.
    [pytest.param(seal("s3cret", keys=[OLD]), id="another key"), "s3cret", "", "gAAAAAé"],
)
def test_what_does_not_open_raises_and_is_never_handed_back(sealed):
    with pytest.raises(SecretUnavailable) as raised:
        unseal(sealed, keys=[NEW])
    assert raised.value.summary == "The stored secret does not open with any of the encryption keys in use."
    assert raised.value.__context__ is None


def test_a_malformed_key_is_told_by_its_number_only():
    with pytest.raises(SecretUnavailable) as raised:
        seal("s3cret", keys=[NEW, "not-a-key"])
    assert "number 2" in raised.value.summary
    assert "not-a-key" not in raised.value.summary


def test_without_a_key_nothing_is_sealed():
    with pytest.raises(SecretUnavailable, match="no encryption key"):
        seal("s3cret", keys=[])


def test_an_unknown_source_is_refused():
    with pytest.raises(SecretUnavailable, match="carrier-pigeon"):
        resolve("carrier-pigeon", "x", keys=[])


def test_an_unreadable_secret_is_something_for_a_person_to_act_on():
    assert issubclass(SecretUnavailable, NeedsAttention)


def test_a_secret_does_not_show_itself():
    secret = Secret("s3cret")
    assert secret.reveal() == "s3cret"
    assert "s3cret" not in f"{secret} {secret!r} {[secret]} {vars(Secret)}"
    with pytest.raises(TypeError, match="not written anywhere"):
        pickle.dumps(secret)


def test_a_file_is_read_below_the_named_folders_only_wherever_links_lead(tmp_path: Path):
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "right").write_text("s3cret")
    (tmp_path / "outside").write_text("hush")
    (tmp_path / "inside" / "link").symlink_to(tmp_path / "inside" / "right")
    (tmp_path / "inside" / "away").symlink_to(tmp_path / "outside")
    folders = [str(tmp_path / "inside")]
    assert resolve("file", str(tmp_path / "inside" / "link"), keys=[], folders=folders) == "s3cret"
    for path in ("inside/away", "inside/../outside", "outside", "inside2"):
        with pytest.raises(SecretUnavailable, match="in none of the folders of SECRETS_DIR"):
            resolve("file", f"{tmp_path}/{path}", keys=[], folders=folders)


def test_a_pipe_makes_nobody_wait(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SecretUnavailable, match="cannot be read"):
        resolve("file", str(tmp_path / "pipe"), keys=[], folders=[str(tmp_path)])
