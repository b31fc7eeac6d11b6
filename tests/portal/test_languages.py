"""Ready for languages: whatever a page says can be translated, but for people's own words."""

from datetime import timedelta

import pytest

from access.core.states import GrantState, RequestState
from access.models import Finding, Grant, Integration
from tests import factories, pseudo_language

pytestmark = pytest.mark.django_db

OWN = (
    "Usher", "Olga Brandt", "Olga", "Jon Reyes", "Jon", "Adam Novak", "Rita Moss", "Prod", "prod", "Production access",
    "to fix Ticket 123", "Aptible did not answer in time.", "main-aptible-integration", "CSV",
    # What a provider said is kept as it said it.
    "Aptible refused the bot's sign-in.", "Not now.",
)  # fmt: skip
PAGES = (
    "/", "/ask/", "/ask/break-glass/", "/requests/", "/requests/{pending}/", "/requests/{denied}/", "/requests/{held}/",
    "/requests/{late}/", "/review/", "/review/?view=all", "/review/afterwards/", "/active/", "/grants/{grant}/end/",
    "/targets/prod/", "/targets/prod/end/", "/people/{jon}/", "/findings/", "/account/", "/account/tokens/",
    "/account/passkeys/", "/account/away/", "/setup/", "/setup/sign-in/", "/help/nothing/",
)  # fmt: skip


@pytest.fixture
def story(flow, rita, olga, now):
    factories.mapping(rita)
    held = factories.grant(state=GrantState.ACTIVE, now=now)
    late = factories.grant(state=GrantState.REVOKING, now=now - timedelta(hours=2), person=rita)
    Grant.objects.filter(pk=late.pk).update(last_error="Aptible did not answer in time.", due_at=now)
    denied = factories.request_at(state=RequestState.DENIED, now=now - timedelta(days=9))
    pending = factories.request_at(state=RequestState.PENDING, now=now, requester=rita)
    Integration.objects.update(attention="Aptible refused the bot's sign-in.", attention_since=now)
    same = {"integration": held.target.integration, "target": held.target, "first_seen_at": now, "email": "e@x.example"}
    Finding.objects.bulk_create(Finding(kind=kind, key=kind, **same) for kind in Finding.Kind.values)
    refs = {"held": held.requests.get().ref, "late": late.requests.get().ref, "grant": held.ref}
    return {**refs, "denied": denied.ref, "pending": pending.ref, "jon": held.person_id}


@pytest.mark.parametrize("address", PAGES)
def test_all_that_a_page_says_can_be_translated(client, story, olga, monkeypatch, address):
    pseudo_language.speak(monkeypatch)
    client.force_login(olga)
    page = client.get(address.format(**story), follow=True).content.decode()
    assert pseudo_language.OPEN in page
    assert pseudo_language.unmarked(page, own=OWN) == []


def test_what_is_not_marked_is_found():
    page = f"<p>Held by <b>Jon</b> {pseudo_language.OPEN}until{pseudo_language.CLOSE} noon</p><i title='Now'></i>"
    assert pseudo_language.unmarked(page, own=["Jon"]) == ["Held by", "noon", "Now"]
