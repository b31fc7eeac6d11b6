"""Pin beside a package what others want of it with an extra. Called by `make requirements`, with the files.

Older versions of pip take `pydantic[email]` for a package of its own, and refuse it where hashes are asked for.
"""

import re
import sys
from pathlib import Path
from typing import Final

# The package, its extra, and who wants it.
EXTRAS: Final = (("pydantic", "email", "scim2-models"),)


def pinned(text: str) -> str:
    """The requirements with each package that is wanted with an extra pinned with it, too, by the same hashes."""
    for package, extra, wanted_by in EXTRAS:
        found = re.search(rf"^{package}==.*?(?=^\S)", text, flags=re.MULTILINE | re.DOTALL)
        if found and f"{package}[{extra}]==" not in text:
            pin = re.sub(r"^    #.*\n", "", found[0], flags=re.MULTILINE)
            with_extra = pin.replace(f"{package}==", f"{package}[{extra}]==", 1) + f"    # via {wanted_by}\n"
            text = text[: found.end()] + with_extra + text[found.end() :]
    return text


if __name__ == "__main__":
    for path in map(Path, sys.argv[1:]):
        path.write_text(pinned(path.read_text(encoding="utf-8")), encoding="utf-8")
