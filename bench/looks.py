"""Which pages are looked at, by whom, and how many times the floor each may take."""

import re
from dataclasses import dataclass
from typing import Final

ADMIN, APPROVER, REQUESTER = 0, 2, 30  # numbers of people; see past.py
NAMES: Final = {ADMIN: "admin", APPROVER: "approver", REQUESTER: "requester"}
PAGE, POLL, API, UNCHANGED, SET_UP = 3.0, 2.0, 2.0, 1.0, 8.0
SEEN: Final = re.compile(r"[?&](?:amp;)?seen=([\w-]+)")


@dataclass(frozen=True)
class Look:
    name: str
    who: int
    path: str
    bound: float
    htmx: bool = False
    unchanged: bool = False  # by a browser that shows it already

    @property
    def is_api(self) -> bool:
        return self.path.startswith("/api/")

    def headers(self, tokens: dict[int, str]) -> dict[str, str]:
        if self.is_api:
            return {"Authorization": f"Bearer {tokens[self.who]}"}
        return {"HX-Request": "true"} if self.htmx else {}

    def again(self, page: str) -> str:
        """Where a browser that shows this page looks next."""
        return f"{self.path}?seen={SEEN.findall(page)[0]}" if self.unchanged else self.path


ALL: Final = [
    *(Look("home", who, "/", PAGE) for who in (REQUESTER, APPROVER, ADMIN)),
    Look("home, polled", REQUESTER, "/", POLL, htmx=True),
    *(Look("home, unchanged", who, "/", UNCHANGED, htmx=True, unchanged=True) for who in (REQUESTER, ADMIN)),
    Look("ask", REQUESTER, "/ask/", PAGE),
    Look("ask, fragment", REQUESTER, "/ask/?flow=flow-01&target=target-05", POLL, htmx=True),
    Look("requests, own", REQUESTER, "/requests/", PAGE),
    *(Look("requests, all", who, "/requests/?scope=all", PAGE) for who in (APPROVER, ADMIN)),
    Look("requests, deep", ADMIN, "/requests/?scope=all&older=R-000500", PAGE),
    Look("requests, pending", ADMIN, "/requests/?scope=all&state=pending", PAGE),
    *(Look("requests, a person's", who, "/requests/?scope=all&person=First3", PAGE) for who in (APPROVER, ADMIN)),
    Look("request, settled", ADMIN, "/requests/R-000100/", PAGE),
    *(Look("review, for me", who, "/review/", PAGE) for who in (APPROVER, ADMIN)),
    Look("review, decided", APPROVER, "/review/?tab=decided", PAGE),
    *(Look("review, all", who, "/review/?tab=all", PAGE) for who in (APPROVER, ADMIN)),
    *(Look("active", who, "/active/", PAGE) for who in (REQUESTER, APPROVER, ADMIN)),
    Look("active, unchanged", ADMIN, "/active/", UNCHANGED, htmx=True, unchanged=True),
    Look("reports", ADMIN, "/reports/", PAGE),
    Look("reports, two years of a target", ADMIN, "/reports/?since=2000-01&target=target-05", PAGE),
    Look("reports, a person at a target", ADMIN, "/reports/?target=target-05&person=person033@example.com", PAGE),
    *(Look("search", who, "/search/?q=first3", PAGE, htmx=True) for who in (REQUESTER, APPROVER, ADMIN)),
    Look("account", REQUESTER, "/account/", PAGE),
    *(Look("API, requests", who, "/api/v1/requests", API) for who in (REQUESTER, APPROVER, ADMIN)),
    Look("API, a request", ADMIN, "/api/v1/requests/R-000100", API),
    Look("API, flows", REQUESTER, "/api/v1/flows", API),
    Look("API, grants", APPROVER, "/api/v1/grants", API),
    Look("API, me", REQUESTER, "/api/v1/me", API),
    Look("API, log", ADMIN, "/api/v1/audit", API),
    Look("admin, requests", ADMIN, "/admin/access/accessrequest/", SET_UP),
    Look("admin, grants", ADMIN, "/admin/access/grant/", SET_UP),
    Look("admin, log", ADMIN, "/admin/access/auditevent/", SET_UP),
    Look("admin, messages", ADMIN, "/admin/access/notification/", SET_UP),
    Look("admin, a reference", ADMIN, "/admin/access/auditevent/?q=R-000100", SET_UP),
    Look("admin, a person", ADMIN, "/admin/access/accessrequest/?q=First3", SET_UP),
]
