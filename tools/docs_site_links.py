"""On the site of docs/ what leads to the code stays as words, as it does in the portal's help. Called by mkdocs."""

import re
from typing import Any, Final

_OUT: Final = re.compile(r"\[([^\]]*)\]\((?:\.\./|adr/)[^)]*\)")


def on_page_markdown(markdown: str, **_facts: Any) -> str:
    return _OUT.sub(r"\1", markdown)
