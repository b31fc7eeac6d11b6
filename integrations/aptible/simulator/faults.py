"""What goes wrong on purpose: rules about single calls, and switches for the whole simulator."""

from dataclasses import asdict, dataclass, field, fields
from fnmatch import fnmatchcase
from threading import Lock
from typing import Any, Final

KINDS: Final = ("status", "drop_call", "drop_answer", "delay", "trickle")
BODIES: Final = ("empty", "html", "json")


@dataclass
class Rule:
    """One fault for the calls that match, the next `times` of them or until cleared.

    status: answer `status` with `body`, and do nothing else. drop_call: close the connection, do nothing.
    drop_answer: carry the call out, then close the connection. delay: wait `ms` first. trickle: wait `ms` before each
    byte of the answer.
    `path` may hold * and is matched against the whole path, as in /auth/roles/*/memberships.
    """

    kind: str
    method: str = ""
    path: str = ""
    times: int | None = None
    status: int = 503
    body: str = "empty"
    error: str = ""
    retry_after: int | None = None
    ms: int = 0

    def __post_init__(self) -> None:
        _check_types(self)
        if self.kind not in KINDS:
            raise ValueError(f"A rule's kind is one of {', '.join(KINDS)}.")
        if self.body not in BODIES:
            raise ValueError(f"A rule's body is one of {', '.join(BODIES)}.")
        if not 400 <= self.status <= 599:
            raise ValueError("A rule's status is a number from 400 to 599.")
        if not 0 <= self.ms <= 600_000:
            raise ValueError("A rule's ms is a number from 0 to 600000.")
        if self.times is not None and self.times < 1:
            raise ValueError("A rule's times is at least 1; leave it out for a rule that lasts until it is cleared.")

    def matches(self, method: str, path: str) -> bool:
        return self.method.upper() in ("", method) and (not self.path or fnmatchcase(path.lower(), self.path.lower()))


@dataclass
class Switches:
    """What is different about this Aptible until it is switched back."""

    post_without_body: bool = False  # POST of a membership answers 204 and nothing
    duplicate_answers_201: bool = False  # instead of 422
    auth_page_size: int = 0  # 0: collections of the Auth API come in one page
    sso_enforced: bool = False  # password tokens no longer open the organization, but for its owners
    login_locked: bool = False
    otp_required: bool = False
    otp_code: str = field(default="123456", repr=False)
    ignore_cancellations: bool = False  # an operation goes on although it was asked to be cancelled
    lag_adds_ms: int = 0  # for so long no list shows who came in
    lag_removes_ms: int = 0  # and so long every list still shows who went
    late_adds_ms: int = 0  # a POST of a membership is answered at once, and takes effect so much later
    void_removes: bool = False  # a DELETE of a membership is answered as always, and changes nothing
    hidden_person: str = ""  # whom no list of members shows, by e-mail
    strict_lists: bool = False  # lists of the Deploy API are refused unless they ask for no secrets, and embed nothing
    uppercase_ids: bool = False
    numeric_user_ids: bool = False

    def __post_init__(self) -> None:
        _check_types(self)
        if self.auth_page_size < 0:
            raise ValueError("auth_page_size is 0 or the number of entries on a page.")
        if min(self.lag_adds_ms, self.lag_removes_ms, self.late_adds_ms) < 0:
            raise ValueError("Nothing is listed or done before it was asked for: 0 or more milliseconds.")


class Faults:
    """The faults in force. Safe to change from any thread while calls run."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.clear()

    def clear(self) -> None:
        """Everything works again."""
        self.switches = Switches()
        self._rules: list[Rule] = []

    def add(self, rule: Rule) -> None:
        """Put the rule in force, behind those that are."""
        with self._lock:
            self._rules.append(rule)

    def switch(self, **changes: Any) -> None:
        """Set switches. Raises TypeError or ValueError, and changes nothing, for one that can't be."""
        with self._lock:
            self.switches = Switches(**(asdict(self.switches) | changes))

    def take(self, kinds: tuple[str, ...], method: str, path: str) -> Rule | None:
        """Return the first rule of these kinds that matches, and use it up by one."""
        with self._lock:
            rule = next((item for item in self._rules if item.kind in kinds and item.matches(method, path)), None)
            if rule and rule.times is not None:
                rule.times -= 1
                if not rule.times:
                    self._rules.remove(rule)
            return rule

    def show(self) -> dict[str, Any]:
        """Describe every fault in force; the one-time code stays hidden."""
        with self._lock:
            switches = {name: value for name, value in asdict(self.switches).items() if name != "otp_code"}
            return {"rules": [asdict(rule) for rule in self._rules], "switches": switches}

    def sentences(self) -> list[str]:
        """Describe every fault in force in short words."""
        shown = self.show()
        on = ((name, value) for name, value in shown["switches"].items() if value)
        words = [f"{name} is {'on' if value is True else value}" for name, value in on]
        return words + [_in_words(rule) for rule in shown["rules"]]


def _in_words(rule: dict[str, Any]) -> str:
    what = {
        "status": f"status {rule['status']}",
        "delay": f"delay {rule['ms']} ms",
        "trickle": f"a byte in {rule['ms']} ms",
    }.get(rule["kind"], rule["kind"])
    where = f"{rule['method'] or 'every'} {rule['path'] or 'call'}"
    times = f", {rule['times']} more" if rule["times"] else ""
    return f"{what} on {where}{times}"


def _check_types(record: Rule | Switches) -> None:
    """Values come from outside as JSON, so `true` for a number or a text for a flag has to be said no to."""
    for item in fields(record):
        value = getattr(record, item.name)
        wanted = (int, type(None)) if item.type == int | None else (item.type,)
        if type(value) not in wanted:
            raise ValueError(f"{item.name} can't be {value!r}.")
