"""The built static files: kept by the hash of what is in them, and looked at once when a process starts."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from django.contrib.staticfiles.finders import AppDirectoriesFinder
from django.contrib.staticfiles.storage import staticfiles_storage
from django.utils.translation import gettext as _
from whitenoise.storage import CompressedManifestStaticFilesStorage

OURS: Final = ("access", "portal")


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """A file that was not built costs a page its look, and not its being: people still have to end access."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._addresses: dict[str, str] = {}

    def read_manifest(self) -> str | None:
        """None where there is none, or where its folder is a file or may not be entered: then nothing is built."""
        try:
            found: str | None = super().read_manifest()
        except OSError:
            return None
        return found

    def url(self, name: str | None, force: bool = False) -> str:
        """The same as long as the process lives: a page has fifty of them."""
        known = self._addresses.get(name or "")
        if known is None or force:
            known = self._addresses[name or ""] = super().url(name, force)
        return known

    def stored_name(self, name: str) -> str:
        try:
            stored: str = super().stored_name(name)
        except ValueError:
            return name
        return stored

    def compress_files(self, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Only what pages name. Each file is there under its own name, too, to be compared with the release's."""
        named = set(self.hashed_files.values())
        compressed: Iterator[tuple[str, str]] = super().compress_files(path for path in paths if path in named)
        return compressed


@lru_cache(maxsize=1)
def trouble_at_start() -> str:
    """Look once: a process reads the list of the built files when it starts, and never again."""
    return trouble()


def trouble() -> str:
    """Say what is wrong with the built files; nothing when they fit, or where none have to be built."""
    storage: Any = staticfiles_storage
    known = getattr(storage, "hashed_files", None)
    if known is None:
        return ""
    if not known:
        return _("The static files are not built: run “manage.py collectstatic --no-input”.")
    stale = sorted(name for name, source in _own() if name not in known or not _is_same(storage, name, source))
    if not stale:
        return ""
    text = _(
        "The static files are of another release (%(count)d differ, first %(first)s): run “manage.py collectstatic "
        "--no-input”, and restart the web server."
    )
    return text % {"count": len(stale), "first": stale[0]}


def _own() -> Iterator[tuple[str, Path]]:
    for name, storage in AppDirectoriesFinder(app_names=OURS).list([]):
        yield name, Path(storage.path(name))


def _is_same(storage: Any, name: str, source: Path) -> bool:
    built = Path(storage.path(name))
    return built.is_file() and built.read_bytes() == source.read_bytes()
