"""What goes wrong on purpose."""

from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from threading import Lock
from typing import Any, Final

KINDS: Final = ("status", "error", "drop_call", "drop_answer", "delay")


@dataclass
class Rule:
    """One fault for the calls of a method, the next `times` of them or until cleared.

    status: answer it and do nothing. error: refuse with this word of Slack's. drop_call: close the connection, do
    nothing. drop_answer: carry the call out, then close the connection. delay: wait `ms` first.
    """

    kind: str
    method: str = "*"  # may hold *, as in chat.*
    times: int | None = None
    status: int = 500
    retry_after: int | None = None  # seconds
    error: str = ""
    ms: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"A rule's kind is one of {', '.join(KINDS)}.")
        if self.times is not None and self.times < 1:
            raise ValueError("A rule's times is at least 1; leave it out for a rule that lasts until it is cleared.")

    def __str__(self) -> str:
        what = {"status": f"status {self.status}", "error": self.error, "delay": f"delay {self.ms} ms"}
        times = f", {self.times} more" if self.times else ""
        return f"{what.get(self.kind, self.kind)} on {self.method}{times}"


class Faults:
    """The faults in force. Safe to change from any thread while calls run."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._rules: list[Rule] = []

    def clear(self) -> None:
        with self._lock:
            self._rules.clear()

    def add(self, rule: Rule) -> None:
        with self._lock:
            self._rules.append(rule)

    def take(self, method: str, *kinds: str) -> Rule | None:
        """Return the first rule of these kinds for the method, and use it up by one."""
        with self._lock:
            fitting = (one for one in self._rules if one.kind in kinds and fnmatchcase(method, one.method))
            rule = next(fitting, None)
            if rule and rule.times is not None:
                rule.times -= 1
                if not rule.times:
                    self._rules.remove(rule)
            return rule

    def show(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(one) for one in self._rules]

    def sentences(self) -> list[str]:
        with self._lock:
            return [str(one) for one in self._rules]
