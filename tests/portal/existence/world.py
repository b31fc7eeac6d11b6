"""One request with all that comes of it, and a browser or a token for each letter of the table."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.utils import timezone

from access.core.states import GrantState
from access.evidence.access_reviews import begin
from access.models import AccessReview, Delegation, Finding, Integration, Passkey, Proposal, User, Webhook
from access.people import tokens
from tests import factories
from tests.portal.api.conftest import PERSONS

MISSING = {"ref": "Z-22222", "name": "nothing", "pk": "999999", "id": "999999", "backend": "x", "slug": "nothing"}


class World:
    def __init__(self) -> None:
        now = timezone.now()
        self.people = _people()
        factories.flow(free_extension=1800)
        _elsewhere(self.people["N"], self.people["O"])
        asked = factories.request_at(now=now, requester=self.people["R"])
        held = factories.grant(now=now, person=self.people["R"], state=GrantState.ACTIVE)
        away = factories.delegation(self.people["A"], factories.person("rita"), now=now)
        _also_away(self.people["A"], self.people["O"], now)
        token = self._token(self.people["R"])[0]
        integration = factories.integration()
        self.of = {
            "requests": {"ref": asked.ref}, "grants": {"ref": held.ref}, "targets": {"name": "prod"},
            "tokens": {"ref": token.ref}, "away": {"pk": away.pk},
            "passkeys": {"pk": _passkey(self.people["A"], now).pk}, "config": {"type": "sym_target", "name": "prod"},
            "integration": {"pk": integration.pk}, "user": {"pk": self.people["R"].pk}, "sso": {"backend": "oidc"},
            "people": {"pk": self.people["R"].pk}, "findings": {"pk": _finding(integration).pk},
            "usermapping": {"pk": self.people["R"].mappings.get().pk}, "webhook": {"pk": _webhook().pk},
            "proposal": {"pk": _proposal(self.people["X"], now).pk},
            "access-reviews": {"ref": _access_review(self.people["X"], now).ref},
            "unsubscribe": {"token": "none"},
            "invitation": {"pk": self.people["R"].pk, "token": "none"},
            "flow": {"pk": factories.flow().pk}, "help": {"name": "asking"}, "scim": {"rest": "Users"},
            "sign-in": {"backend": "oidc"}, "letters": {"slug": "report"},
        }  # fmt: skip
        self.cookies = {letter: _cookies(person) for letter, person in self.people.items()}
        self.tokens = {letter: self._token(person)[1] for letter, person in self.people.items()}
        self.browser = Client()  # one for all calls, as the server's middleware is
        User.objects.filter(pk=self.people["deactivated"].pk).update(is_active=False)

    def call(self, who: str, method: str, address: str, *, missing: bool = False) -> HttpResponseBase:
        """Call it as this person; nothing that comes of it stays."""
        path = self.path(address, missing=missing)
        headers = {}
        self.browser.cookies.clear()
        if address.startswith(("/api/", "/scim/")):
            headers = {"Authorization": f"Bearer {self.tokens.get(who, 'none')}"}
        elif who in self.cookies:
            self.browser.cookies.load(self.cookies[who])
        with transaction.atomic():
            answer = self.browser.generic(method, path, headers=headers)
            transaction.set_rollback(True)
        return answer

    def path(self, address: str, *, missing: bool) -> str:
        parts: dict[str, Any] = {}
        for name, known in self.of.items():
            parts |= known if f"/{name}/" in address else {}
        parts |= {name: value for name, value in MISSING.items() if missing and name in parts}
        for name, value in parts.items():
            for kind in ("slug:", "int:", "str:", "path:", ""):
                address = address.replace(f"<{kind}{name}>", str(value))
        return address

    def _token(self, person: User) -> Any:
        now = timezone.now()
        return tokens.issue(
            person=person,
            actor="cli",
            label="Tests",
            expires_at=now + timedelta(days=1),
            now=now,
            scopes=[*PERSONS, *(["provision"] if person.is_bot else [])],
        )


def _people() -> dict[str, User]:
    return {
        "R": factories.person("jon"), "A": factories.person("adam"), "X": factories.admin(),
        "N": factories.person("nina"), "O": factories.person("bob"),
        "U": factories.person("uma", is_auditor=True), "S": factories.person("sam", is_staff=True),
        "B": factories.person("bot", is_bot=True), "deactivated": factories.person("dora"),
    }  # fmt: skip


def _also_away(away: User, to: User, now: datetime) -> None:
    """The other flow's approver was to decide for ours, whom the flow does not let stand in: it changes nothing."""
    Delegation.objects.create(
        from_person=away, to_person=to, starts_at=now, ends_at=now + timedelta(days=1), due_at=now, reason="Away.",
        created_by=away, created_at=now, accepted_at=now,
    )  # fmt: skip


def _elsewhere(asks: User, decides: User) -> None:
    """Another team's flow, with a target of its own."""
    flow = factories.flow("records", label="Records")
    factories.decided_by(flow, decides)
    factories.mapping(asks)
    factories.request_at(now=timezone.now(), requester=asks, in_flow=flow)


def _finding(integration: Integration) -> Finding:
    facts = {"kind": Finding.Kind.OUTSIDE, "key": "outside", "target": factories.target(), "email": "eve@example.com"}
    return Finding.objects.create(integration=integration, first_seen_at=timezone.now(), **facts)


def _access_review(by: User, now: datetime) -> AccessReview:
    """Over Prod, whose approver decides what is found there."""
    return begin.start(
        title="Third quarter", targets=[factories.target()], every_target=False, reviewers="approvers", group=None,
        deadline=now + timedelta(days=10), by=by, now=now,
    )  # fmt: skip


def _passkey(person: User, now: datetime) -> Passkey:
    return Passkey.objects.create(person=person, name="Key", credential="abc", registered_at=now, counts_from=now)


def _proposal(by: User, now) -> Proposal:
    later = now + timedelta(days=7)
    return Proposal.objects.create(
        ref="P-23456", by=by, created_at=now, lapses_at=later, due_at=later, way="admin", digest="x", events=[],
        effects=[],
    )  # fmt: skip


def _webhook() -> Webhook:
    return Webhook.objects.create(name="siem", url="https://siem.example.com/")


def _cookies(person: User) -> dict[str, str]:
    """What their browser keeps once they have signed in; a bot can't."""
    browser = Client()
    if not person.is_bot:
        browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return {name: one.value for name, one in browser.cookies.items()}
