"""Text that can be kept. PostgreSQL keeps no NUL, and half of a surrogate pair is no character in UTF-8 at all."""

import re
from typing import Any, Final

_UNFIT: Final = re.compile("[\x00\ud800-\udfff]")


def is_storable(text: str) -> bool:
    return _UNFIT.search(text) is None


def storable(value: Any) -> Any:
    """The same text, list or object with the sign for what can't be shown in the place of what can't be kept."""
    match value:
        case str():
            return _UNFIT.sub("\ufffd", value)
        case list():
            return [storable(one) for one in value]
        case dict():
            return {storable(name): storable(one) for name, one in value.items()}
    return value
