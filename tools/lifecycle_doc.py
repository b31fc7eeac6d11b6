"""Write docs/lifecycle.md from access/core/states.py: `.venv/bin/python -m tools.lifecycle_doc > docs/lifecycle.md`."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeVar

from django.conf import settings
from django.db.models import TextChoices

from access.core.states import GRANT_MOVES, LIVE, REQUEST_MOVES, EndReason, GrantState, RequestState

State = TypeVar("State", bound=TextChoices)

REQUESTS: Final = {
    RequestState.PENDING: "Somebody has asked, and too few have answered.",
    RequestState.APPROVED: "Enough approvers said yes. There is a grant.",
    RequestState.DENIED: "One approver said no, and why.",
    RequestState.WITHDRAWN: "The person who asked took it back.",
    RequestState.LAPSED: "Nobody decided in time.",
}
GRANTS: Final = {
    GrantState.SCHEDULED: "Approved. Nothing was asked of Aptible yet.",
    GrantState.GRANTING: "Aptible is asked for the membership, or was asked and the answer is not known.",
    GrantState.ACTIVE: "A list of the role's members showed the person. The clock runs since then.",
    GrantState.REVOKING: "Time is up, somebody ended it, or Aptible refused. Aptible is asked until it is gone.",
    GrantState.ENDED: "It never began, or a list of the role's members showed the person gone, or left as found.",
}
HEAD: Final = """# The life of a request and of a grant

Written from `access/core/states.py` by `make docs`; a test fails when it is stale.

A request is the human side: who asked whom for what, and what they said. A grant is the access itself. Its state
says **what may be true at Aptible**, not what the portal is doing.
"""
TAIL: Final = """**Live** are {live}: in these Aptible may hold the membership, whatever the portal believes.
The only way out is a list of the role's members that shows it gone, or an admin, never the holder, who writes the grant
off with a reason; it is then marked as *not verified* for good. A grant that Aptible refused goes through `revoking`
too, since an earlier try whose answer was lost may have succeeded. What had ended and is listed again, made by the
portal, goes back to `revoking`, and counts as overdue since it should have ended.

One person has one live grant on a target. A second approved request extends it: the later end wins, and the second
grant ends at once as `merged`. Every move is written by `access/grants/lifecycle.py` alone, together with its event
in the log.
"""


def text() -> str:
    """The whole document."""
    parts = [
        HEAD,
        *_part("Request", REQUEST_MOVES, REQUESTS),
        *_part("Grant", GRANT_MOVES, GRANTS),
        TAIL.format(live=_listed(LIVE)),
        "## Why access ended\n",
        _table(("reason", "in words"), ((f"`{one.value}`", str(one.label)) for one in EndReason)),
    ]
    return "\n".join(parts)


def _part(title: str, moves: Mapping[State, tuple[State, ...]], words: Mapping[State, str]) -> Iterator[str]:
    yield f"## {title}\n"
    yield "```mermaid\nstateDiagram-v2"
    first = next(iter(moves))
    yield f"    [*] --> {first.value}"
    for old, news in moves.items():
        yield from (f"    {old.value} --> {new.value}" for new in news)
        if not news:
            yield f"    {old.value} --> [*]"
    yield "```\n"
    rows = ((f"`{state.value}`", words[state], _listed(moves[state]) or "—") for state in moves)
    yield _table(("state", "what is true", "next"), rows)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _listed(states: Iterable[TextChoices]) -> str:
    return ", ".join(f"`{state.value}`" for state in states)


if __name__ == "__main__":
    # The labels are translations, which ask the settings for a language.
    settings.configure(USE_I18N=False)
    print(text(), end="")
