"""What the commands write: tables, lengths of time, moments, and a request's state in words."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

_UNITS: Final = (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1))
STATES: Final[Mapping[str, str]] = {
    "pending": "waits for approval",
    "approved": "is approved",
    "denied": "was denied",
    "withdrawn": "was withdrawn",
    "lapsed": "lapsed, because nobody decided in time",
    "scheduled": "is approved and not given yet",
    "granting": "is approved and is being given",
    "active": "is held",
    "revoking": "is ending",
    "ended": "has ended",
}


def plain(text: object) -> str:
    """Take out what a terminal would obey: others have typed this."""
    return "".join(sign if sign.isprintable() else " " for sign in str(text))


def length(seconds: int | None) -> str:
    if not seconds:
        return ""
    parts, rest = [], int(seconds)
    for unit, size in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2])


def moment(text: str | None, zone: tzinfo | None = None) -> str:
    """Write a moment in the zone of this machine, or another one."""
    if not text:
        return ""
    at = datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(zone)
    return at.strftime("%Y-%m-%d %H:%M %Z" if at.tzinfo is not UTC else "%Y-%m-%d %H:%M UTC")


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write rows below each other; the last column takes what is left."""
    cells = [list(head), *([plain(one) for one in row] for row in rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(head))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in cells
    )


def status(asked: Mapping[str, Any]) -> str:
    """Name what became of a request: its own state, or that of the access behind it."""
    return str(asked["grant"]["state"] if asked["grant"] else asked["state"])


def request_line(asked: Mapping[str, Any]) -> str:
    """Say in one sentence what became of a request, and until when access lasts."""
    now = status(asked)
    until = moment((asked["grant"] or {}).get("ends_at"))
    what = asked["target"] or asked["flow"]
    more = f" until {until}" if now == "active" and until else ""
    return plain(f"{asked['ref']} ({what}) {STATES.get(now, now)}{more}.")


def request_page(asked: Mapping[str, Any]) -> str:
    """Tell all of a request, a fact in each line."""
    who = asked["requester"]
    facts = [
        ("Request", asked["ref"]),
        ("State", f"{status(asked)}: {STATES.get(status(asked), '')}"),
        ("Asked by", f"{who['name']} <{who['email']}>"),
        ("Assistant", f"asked by an assistant ({asked['assistant']}) for them" if asked.get("assistant") else ""),
        ("Target", asked["target"] or f"none: an approval of {asked['flow']}"),
        ("Flow", asked["flow"]),
        ("Duration", length(asked["approved_duration"] or asked["duration"])),
        ("Reason", asked["reason"]),
        ("Ticket", asked["ticket"]),
        *((one["label"], _answer(one["value"])) for one in asked["fields"]),
        ("Asked", moment(asked["created_at"])),
        ("Begins", moment(asked["starts_at"])),
        ("Grant", (asked["grant"] or {}).get("ref")),
        ("Ends", moment((asked["grant"] or {}).get("ends_at"))),
        *(("Decision", decision(one)) for one in asked["decisions"]),
        ("Page", asked["url"]),
    ]
    return "\n".join(f"{name:<10} {plain(value)}" for name, value in facts if value not in ("", None))


def _answer(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def decision(one: Mapping[str, Any]) -> str:
    return f"{one['verdict']} by {one['by']['name']}" + (f": {one['comment']}" if one["comment"] else "")
