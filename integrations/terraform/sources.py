"""The files of a configuration, as texts. Nothing outside of its root is read, also not by a link that leads there."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from integrations.terraform.functions import CannotCall
from integrations.terraform.problems import Place, Problem

LARGEST_FILE: Final = 10 * 1024 * 1024
LARGEST_TEXT: Final = 1024 * 1024


class Sources:
    """Reads below `root`. Paths are told as they lead from the folder given, such as ../modules/flow/main.tf."""

    def __init__(self, folder: Path, root: Path | None = None) -> None:
        self.folder = folder.resolve()
        self.root = (root or folder).resolve()
        self.texts: dict[str, str] = {}  # of .tf and .tfvars, by path
        self.other_texts: dict[str, str] = {}  # what file() and the paths of implementations have read

    def is_inside(self, path: Path) -> bool:
        return path.resolve().is_relative_to(self.root)

    def shown(self, path: Path) -> str:
        return Path(os.path.relpath(path, self.folder)).as_posix()

    def of(self, folder: Path, problems: list[Problem]) -> dict[str, str]:
        """Give the texts of a folder's own files by their path; what can't be read is told."""
        found: dict[str, str] = {}
        for path in sorted(folder.iterdir()) if folder.is_dir() else []:
            if path.name.endswith((".tf.json", ".auto.tfvars.json", "terraform.tfvars.json")):
                text = "Files in JSON are not read here: write this as one that ends in .tf or .tfvars."
                problems.append(Problem(Place(self.shown(path)), text))
            elif path.suffix in (".tf", ".tfvars") and path.is_file():
                read = self._text(path, problems)
                found |= {self.shown(path): read} if read is not None else {}
        if not any(one.endswith(".tf") for one in found) and not problems:
            problems.append(Problem(Place(str(folder)), "There is no .tf file in this folder."))
        self.texts |= found
        return found

    def read(self, name: str) -> str:
        """Give the text of any other file, by its path from the folder given. Raises CannotCall."""
        path = self.folder / name
        if not self.is_inside(path):
            raise CannotCall(f"{name} lies outside of the folder, so it is not read.")
        try:
            if not path.is_file():
                raise CannotCall(f"There is no file {name}.")
            if path.stat().st_size > LARGEST_TEXT:
                raise CannotCall(f"{name} is larger than 1 MiB.")
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise CannotCall(f"{name} is not UTF-8.") from None
        except OSError as error:
            raise CannotCall(f"{name} can't be read: {error.strerror}.") from None
        self.other_texts[self.shown(path)] = text
        return text

    def digest(self, given: Mapping[str, str]) -> str:
        """Hash everything that was read, and the variables that were given by the environment."""
        every = {**self.texts, **self.other_texts, **given}
        parts = [f"{name}\0{len(text)}\0{text}" for name, text in sorted(every.items())]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def _text(self, path: Path, problems: list[Problem]) -> str | None:
        place = Place(self.shown(path))
        if not self.is_inside(path):
            problems.append(Problem(place, "This is a link that leads out of the folder, so it is not read."))
            return None
        if path.stat().st_size > LARGEST_FILE:
            problems.append(Problem(place, "This file is larger than 10 MiB."))
            return None
        try:
            return path.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = path.read_bytes()[: error.start].count(b"\n") + 1
            problems.append(Problem(Place(place.file, line), "This file is not UTF-8."))
        return None
