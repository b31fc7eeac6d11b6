"""A release of the Terraform provider: signed checksums, and the layout that a registry has."""

import json
import os
import shutil
import subprocess
import zipfile

import pytest

from tools import provider_release

STEM = "terraform-provider-usher_1.2.3"
GPG = shutil.which("gpg")
TERRAFORM = shutil.which("terraform")
pytestmark = pytest.mark.skipif(not GPG, reason="NOT TESTED: there is no gpg, which signs the release")


@pytest.fixture
def key(tmp_path, monkeypatch):
    home = tmp_path / "keys"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("GNUPGHOME", str(home))
    run(GPG, "--batch", "--passphrase", "", "--quick-generate-key", "release@usher.example.com", "ed25519", "sign")
    yield "release@usher.example.com"
    run("gpgconf", "--kill", "all")


def run(*command, exits=0, **more):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **more)  # noqa: S603  our own files
    assert done.returncode == exits, done.stdout + done.stderr
    return done.stdout


def released(tmp_path, key, system="linux_amd64", text="#!/bin/sh\n"):
    (tmp_path / "binary").write_text(text)
    return provider_release.release(
        tmp_path / "binary", tmp_path / "registry", key=key, number="1.2.3", system=system
    )  # fmt: skip


def test_the_checksums_are_signed_and_hold(tmp_path, key):
    home = released(tmp_path, key)
    run(GPG, "--verify", str(home / f"{STEM}_SHA256SUMS.sig"), str(home / f"{STEM}_SHA256SUMS"))
    run("sha256sum", "--check", "--strict", f"{STEM}_SHA256SUMS", cwd=home)
    with zipfile.ZipFile(home / f"{STEM}_linux_amd64.zip") as made:
        [entry] = made.infolist()
    assert (entry.filename, oct(entry.external_attr >> 16)) == ("terraform-provider-usher_v1.2.3", "0o100755")
    (home / f"{STEM}_manifest.json").write_text("{}")
    run("sha256sum", "--check", "--strict", f"{STEM}_SHA256SUMS", cwd=home, exits=1)


def test_a_registry_is_a_folder_that_a_web_server_shows(tmp_path, key):
    released(tmp_path, key)
    home = released(tmp_path, key, system="darwin_arm64")
    root = tmp_path / "registry"
    assert json.loads((root / ".well-known/terraform.json").read_text()) == {"providers.v1": "/v1/providers/"}
    [one] = json.loads((root / "v1/providers/usher/usher/versions").read_text())["versions"]
    assert one["platforms"] == [{"os": "darwin", "arch": "arm64"}, {"os": "linux", "arch": "amd64"}]
    for os_, arch in (("linux", "amd64"), ("darwin", "arm64")):
        path = home / "download" / os_ / arch
        said = json.loads(path.read_text())
        for url in (said["download_url"], said["shasums_url"], said["shasums_signature_url"]):
            assert (path.parent / url).resolve().parent == home
            assert (path.parent / url).is_file()
        assert f"{said['shasum']}  {said['filename']}" in (home / f"{STEM}_SHA256SUMS").read_text()
        [signer] = said["signing_keys"]["gpg_public_keys"]
        assert signer["ascii_armor"].startswith("-----BEGIN PGP PUBLIC KEY BLOCK-----")
        assert signer["key_id"] in run(GPG, "--with-colons", "--list-keys")


def test_the_same_program_makes_the_same_zip(tmp_path, key):
    first = (released(tmp_path, key) / f"{STEM}_linux_amd64.zip").read_bytes()
    assert (released(tmp_path, key) / f"{STEM}_linux_amd64.zip").read_bytes() == first


def test_a_key_that_is_not_there_ends_it(tmp_path, key):
    with pytest.raises(SystemExit, match="gpg could not do it"):
        released(tmp_path, "nobody@example.com")


@pytest.mark.skipif(not TERRAFORM, reason="NOT TESTED WITH TERRAFORM: there is no terraform on PATH")
def test_terraform_installs_what_was_released(tmp_path, key):
    system = provider_release.target()
    home = released(tmp_path, key, system=system)
    mirror = tmp_path / "mirror/registry.example.com/usher/usher"
    mirror.mkdir(parents=True)
    shutil.copy(home / f"{STEM}_{system}.zip", mirror)
    (tmp_path / "terraformrc").write_text(
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{tmp_path}/mirror"\n  }}\n}}\n'
    )
    source = 'terraform {\n  required_providers {\n    sym = { source = "registry.example.com/usher/usher" }\n  }\n}\n'
    (tmp_path / "in").mkdir()
    (tmp_path / "in/main.tf").write_text(source)
    environment = {**os.environ, "TF_CLI_CONFIG_FILE": str(tmp_path / "terraformrc"), "CHECKPOINT_DISABLE": "1"}
    run(TERRAFORM, "init", "-input=false", cwd=tmp_path / "in", env=environment)
    assert "1.2.3" in (tmp_path / "in/.terraform.lock.hcl").read_text()
