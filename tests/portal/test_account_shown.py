"""The approver sees which account gets in, and that it is not the person's own where it is not."""

import pytest

from access.models import DirectoryPerson, Notification
from access.notify import letters
from access.requests import approval_queue
from portal.slack import decide as dialog
from tests import factories
from tests.portal.pages import words

pytestmark = pytest.mark.django_db
NOT_OWN = "This is not their own e-mail."


@pytest.fixture(params=[True, False], ids=["own", "mapped by hand"])
def asked(request, flow, jon, now):
    """Jon's request, for his own account or for one that somebody mapped him to; and whether it is his own."""
    if not request.param:
        DirectoryPerson.objects.create(
            integration=factories.integration(), external_id="a-evil", email="evil@example.com", name="Eve"
        )
        factories.mapping(jon, account_id="a-evil")
    made = factories.request_at(now=now)
    return made, "jon@example.com" if request.param else "evil@example.com", request.param


def is_told(text: str, asked) -> None:
    made, email, own = asked
    assert email in text
    assert made.account_id in text
    assert (NOT_OWN in text) is not own


def test_on_the_review_row_and_on_the_request(client, asked, adam):
    client.force_login(adam)
    made, email, own = asked
    told = words(client.get("/review/"))
    assert email in told
    assert (NOT_OWN in told) is not own
    is_told(words(client.get(f"/requests/{made.ref}/row/")), asked)
    is_told(words(client.get(f"/requests/{asked[0].ref}/")), asked)


def test_in_the_mail(asked, adam, now):
    message = Notification(
        recipient=adam, channel="email", kind="asked", topic="review", created_at=now, request=asked[0],
        facts={"at": now.isoformat(), "by": "Jon"},
    )  # fmt: skip
    is_told(str(letters.letter(message).facts), asked)


def test_in_slack(asked, adam, now):
    [row] = approval_queue.rows([asked[0]], reader=adam, now=now)
    is_told(str(dialog._facts(row)), asked)
