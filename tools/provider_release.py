"""What a release of the Terraform provider consists of: `python -m tools.provider_release BINARY FOLDER --key KEY`.

BINARY is the provider as one program for this system, which `tools/provider-release` builds. FOLDER gets the zip, the
manifest, the checksums and their signature, under the names that a registry asks for, and laid out as a registry
answers, so that any web server with TLS can be one. A folder that has another system's zip of the same version is
completed. Standard library and gpg only.
"""

import argparse
import hashlib
import json
import platform
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
PROTOCOL: Final = "6.0"
NAMESPACE: Final = "usher/usher"
_MACHINES: Final = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
# A zip says when its files were made; the same program makes the same zip.
_LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)


def version() -> str:
    text = (ROOT / "terraform" / "pyproject.toml").read_text(encoding="utf-8")
    return str(tomllib.loads(text)["project"]["version"])


def target() -> str:
    """This system, as Terraform calls it: linux_amd64."""
    machine = platform.machine().lower()
    return f"{platform.system().lower()}_{_MACHINES.get(machine, machine)}"


def release(binary: Path, folder: Path, *, key: str, number: str, system: str) -> Path:
    """Write the release of one system into a registry's folder, and sign the checksums of all that are there."""
    home = folder / "v1" / "providers" / NAMESPACE / number
    home.mkdir(parents=True, exist_ok=True)
    stem = f"terraform-provider-usher_{number}"
    _zip(binary, home / f"{stem}_{system}.zip", inner=f"terraform-provider-usher_v{number}")
    manifest = {"version": 1, "metadata": {"protocol_versions": [PROTOCOL]}}
    (home / f"{stem}_manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    sums = home / f"{stem}_SHA256SUMS"
    files = sorted([*home.glob(f"{stem}_*.zip"), home / f"{stem}_manifest.json"])
    sums.write_text("".join(f"{_digest(one)}  {one.name}\n" for one in files), encoding="utf-8")
    _sign(sums, key)
    _answers(folder, home, stem, number, key)
    return home


def _zip(binary: Path, path: Path, *, inner: str) -> None:
    entry = zipfile.ZipInfo(inner, _LONG_AGO)
    entry.external_attr = 0o100755 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(path, "w") as made:
        made.writestr(entry, binary.read_bytes())


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _sign(sums: Path, key: str) -> None:
    """Sign the checksums apart from them, in the binary form that Terraform checks."""
    _gpg("--yes", "--local-user", key, "--output", f"{sums}.sig", "--detach-sign", str(sums))


def _answers(folder: Path, home: Path, stem: str, number: str, key: str) -> None:
    """Write what the registry says: which versions there are, for which systems, and by whose key they are signed."""
    _write(folder / ".well-known" / "terraform.json", {"providers.v1": "/v1/providers/"})
    systems: dict[str, list[tuple[str, ...]]] = {}
    for path in home.parent.glob("*/terraform-provider-usher_*_*_*.zip"):
        systems.setdefault(path.parent.name, []).append(tuple(path.stem.rsplit("_", 2)[1:]))
    versions = [
        {"version": one, "protocols": [PROTOCOL], "platforms": [{"os": os, "arch": arch} for os, arch in sorted(known)]}
        for one, known in sorted(systems.items())
    ]
    _write(home.parent / "versions", {"versions": versions})
    armor = _gpg("--armor", "--export", key)
    key_id = _gpg("--with-colons", "--list-keys", key).split("pub:", 1)[1].split(":")[3]
    for os, arch in systems[number]:
        name = f"{stem}_{os}_{arch}.zip"
        _write(home / "download" / os / arch, {
            "protocols": [PROTOCOL], "os": os, "arch": arch, "filename": name, "download_url": f"../../{name}",
            "shasums_url": f"../../{stem}_SHA256SUMS", "shasums_signature_url": f"../../{stem}_SHA256SUMS.sig",
            "shasum": _digest(home / name),
            "signing_keys": {"gpg_public_keys": [{"key_id": key_id, "ascii_armor": armor}]},
        })  # fmt: skip


def _write(path: Path, said: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")


def _gpg(*arguments: str) -> str:
    gpg = shutil.which("gpg")
    if gpg is None:
        sys.exit("Checksums are signed by gpg, and there is none: install GnuPG, then run the command again.")
    done = subprocess.run([gpg, "--batch", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"gpg could not do it: {(done.stderr.strip().splitlines() or ['no reason was given'])[-1]}")
    return done.stdout


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.provider_release", description=__doc__)
    parser.add_argument("binary", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--key", required=True, help="the GPG key to sign with: its id, its fingerprint or its e-mail")
    given = parser.parse_args()
    print(release(given.binary, given.folder, key=given.key, number=version(), system=target()))


if __name__ == "__main__":
    main()
