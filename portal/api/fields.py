"""Values as the API reads them. Whether they fit is judged by the services, with the sentences of the pages."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Final

from django.utils.translation import gettext as _
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, FiniteFloat, StrictBool, StrictInt, WithJsonSchema

from access.core import durations, texts
from integrations.storable import is_storable
from portal.forms.fields import LONGEST, YEARS

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]")
_DURATION: Final = {
    "anyOf": [
        {"type": "integer", "minimum": 1, "exclusiveMaximum": LONGEST, "description": "Seconds."},
        {"type": "string", "description": "Days, hours, minutes, seconds: 1h, 30m, 1d 12h."},
    ],
    "examples": ["1h", 3600],
}


def _text(value: str) -> str:
    if not is_storable(value):
        raise ValueError(texts.unfit())
    return value


def _seconds(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError(_("Write a duration in whole seconds, or such as 30m, 1h or 1d."))
    try:
        seconds = value if isinstance(value, int) else _parsed(value)
    except ValueError:
        raise ValueError(_("Write a duration such as 30m, 1h or 1d.")) from None
    if not 0 < seconds < LONGEST:
        raise ValueError(_("Choose one of the durations that are offered."))
    return seconds


def _parsed(text: str) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,10}", text) else durations.parse(text)


def _written_moment(value: Any) -> Any:
    """Take no bare numbers: whether they are seconds or milliseconds would be guessed."""
    if not isinstance(value, str) or not _DAY.match(value):
        raise ValueError(_("Write a time with its zone, such as 2026-01-31T14:30:00Z."))
    return value


def _plausible(value: datetime) -> datetime:
    if value.year not in YEARS:
        raise ValueError(_("Choose a year from 2000 to 2199."))
    return value


def _reference(letter: str) -> Callable[[str], Any]:
    return WithJsonSchema({"type": "string", "pattern": f"^{letter}-[0-9A-Z]{{5}}$", "examples": [f"{letter}-7K3QF"]})  # type: ignore[return-value]


Text = Annotated[str, AfterValidator(_text)]
# What a flow's own questions may be answered with; their kinds are judged by the service.
Value = Text | StrictBool | StrictInt | FiniteFloat | None
Answers = dict[Text, Value | list[Value]]
Seconds = Annotated[int, BeforeValidator(_seconds), WithJsonSchema(_DURATION)]
Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_written_moment),
    AfterValidator(_plausible),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-01-31T14:30:00Z"]}),
]
RequestRef = Annotated[str, _reference("R")]
GrantRef = Annotated[str, _reference("G")]
AccessReviewRef = Annotated[str, _reference("V")]
