"""A zip that leaves while it is written: in constant memory, and the same bytes for the same data."""

import zipfile
from collections.abc import Iterable, Iterator
from typing import Final

# Any time at all would make two packs of the same data differ.
ALWAYS: Final = (1980, 1, 1, 0, 0, 0)


class _Outlet:
    """A file that can't be sought in; hands on what was written."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._at = 0

    def write(self, part: bytes) -> int:
        self._parts.append(bytes(part))
        self._at += len(part)
        return len(part)

    def tell(self) -> int:
        return self._at

    def flush(self) -> None:
        """Nothing is held back."""

    def taken(self) -> bytes:
        parts, self._parts = b"".join(self._parts), []
        return parts


def stream(files: Iterable[tuple[str, Iterable[bytes]]]) -> Iterator[bytes]:
    """Write files, each a name and its parts, into a zip."""
    outlet = _Outlet()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_DEFLATED) as made:  # type: ignore[call-overload]
        for name, parts in files:
            info = zipfile.ZipInfo(name, ALWAYS)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            with made.open(info, "w", force_zip64=True) as file:
                for part in parts:
                    file.write(part)
                    if sent := outlet.taken():
                        yield sent
            yield outlet.taken()
    yield outlet.taken()
