"""Text that no database keeps is refused at its field, or shown with another sign, whatever way it comes."""

from importlib import import_module
from io import BytesIO

import pytest
from django.test import Client, RequestFactory

from access.core.states import GrantState, RequestState
from access.models import AuditEvent
from portal.main import main
from tests import factories

pytestmark = pytest.mark.django_db

NUL = "a\0b"


@pytest.fixture
def rows(flow, jon, adam, rita, olga, now):
    """Something at every address that takes a text, by the names of the table below."""
    factories.mapping(jon)
    factories.also_decided_by(flow, olga)
    asked = factories.request_at(state=RequestState.PENDING, now=now)
    held = factories.grant(state=GrantState.ACTIVE, now=now, person=rita)
    after = factories.broken_glass(now=now, requester=olga)
    return {"request": asked.ref, "grant": held.ref, "after": after.ref}


TYPED = [
    ("jon", "/ask/", {"flow": "production-access", "target": "prod", "duration": "3600", "reason": "to fix it",
                      "ticket": "T-1", "starts": "now", "starts_at": "", "submission": "x", "field-a": "b"}),
    ("jon", "/ask/break-glass/", {"confirmed": "1", "flow": "production-access", "target": "prod", "duration": "3600",
                                  "reason": "fire", "ticket": "", "understood": "on", "submission": "x"}),
    ("adam", "/requests/{request}/approve/", {"comment": "", "duration": ""}),
    ("adam", "/requests/{request}/deny/", {"comment": "no", "duration": ""}),
    ("olga", "/requests/{request}/write-off/", {"reason": "gone"}),
    ("adam", "/requests/{after}/sign-off/", {"verdict": "justified", "comment": "fine"}),
    ("adam", "/review/together/", {"request": "{request}", "verdict": "approve", "comment": "x"}),
    ("rita", "/grants/{grant}/end/", {"comment": "done", "next": "/"}),
    ("adam", "/targets/prod/end/", {"confirmation": "prod"}),
    ("jon", "/account/tokens/", {"label": "mine", "scopes": "read", "days": "30", "person": "1"}),
    ("jon", "/account/away/", {"to_person": "1", "starts_at": "", "ends_at": "2026-02-01T10:00", "zone": "UTC",
                               "reason": "holiday"}),
    (None, "/login/", {"email": "jon@example.com", "password": "x", "next": "/"}),
    (None, "/sso/oidc/done/", {"partial_token": "x", "state": "y", "code": "z"}),
    (None, "/sso/saml/done/", {"partial_token": "x", "SAMLResponse": "y", "RelayState": "z"}),
    ("olga", "/admin/access/user/", {"action": "x", "_selected_action": "1", "index": "0"}),
    ("olga", "/admin/access/user/add/", {"email": "x@example.com", "name": "X"}),
    ("olga", "/admin/access/group/add/", {"name": "x", "label": "X", "members": "1"}),
    ("olga", "/admin/access/flow/add/", {"name": "x", "label": "X", "description": "y", "strategy": "1",
                                         "allowed_durations": "1h", "reason_example": "z", "slack_channel": "C1"}),
    ("olga", "/admin/access/secret/add/", {"name": "x", "source": "env", "location": "X", "value": "y"}),
    ("olga", "/admin/access/target/add/", {"name": "x", "label": "y", "integration": "1", "role_id": "r"}),
]  # fmt: skip
# Fields that change nothing, whatever is in them.
IDLE = {"next", "person", "from", "else"}


@pytest.mark.parametrize(("who", "address", "data"), TYPED, ids=[address for _who, address, _data in TYPED])
def test_a_form_with_it_is_refused_and_changes_nothing(sign_in, rows, request, who, address, data):
    browser = sign_in(request.getfixturevalue(who)) if who else Client()
    right = {field: value.format(**rows) for field, value in data.items()}
    for name in {*right, "else"} - IDLE:
        before = AuditEvent.objects.count()
        assert browser.post(address.format(**rows), right | {name: NUL}).status_code < 500, name
        assert AuditEvent.objects.count() == before, name


@pytest.mark.parametrize(
    "address",
    [
        "/", "/ask/?flow=%00&target=%00&duration=%00&reason=%00&ticket=%00&field-a=%00&starts_at=%00",
        "/ask/break-glass/?flow=%00&target=%00", "/requests/?state=%00&target=%00&person=%00&since=%00&page=%00",
        "/requests/?format=csv&person=%00", "/review/?tab=%00&target=%00&person=%00", "/review/afterwards/?page=%00",
        "/active/?person=%00&target=%00&state=%00&format=%00", "/account/tokens/?page=%00", "/login/?next=%00",
        "/admin/access/user/?q=%00", "/admin/access/auditevent/?type__exact=%00&q=%00&p=%00&o=%00",
        "/admin/access/user/_00/change/", "/admin/access/grant/?state=%00", "/sso/oidc/done/?partial_token=%00",
        "/admin/autocomplete/?app_label=access&model_name=pool&field_name=people&term=%00", "/requests/%00/", "/%00",
    ],
)  # fmt: skip
def test_an_address_with_it_breaks_nothing(sign_in, rows, olga, address):
    assert sign_in(olga).get(address).status_code < 500


@pytest.mark.filterwarnings("ignore:No directory at")
@pytest.mark.parametrize("charset", ["unicode_escape", "utf-7", "utf-16", "idna", "rot13", "x"])
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b"])
def test_everything_is_read_as_utf_8(kind, charset):
    """Some encodings of Python write halves of characters, which no form would, and some read nothing at all."""
    body = (
        "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n\\ud800\xe4\r\n--b--\r\n"
        if kind.startswith("multipart")
        else "a=%5Cud800\xe4"
    )
    sent = RequestFactory()._base_environ(  # type: ignore[attr-defined]  # the stubs leave it out
        REQUEST_METHOD="POST", QUERY_STRING="a=%5Cud800", CONTENT_TYPE=f"{kind}; charset={charset}",
        CONTENT_LENGTH=len(body.encode()), **{"wsgi.input": BytesIO(body.encode())},
    )  # fmt: skip
    read = import_module("portal.wsgi").application.request_class(sent)
    assert (read.GET["a"], read.POST["a"]) == ("\\ud800", "\\ud800\xe4")


def test_a_cookie_with_it_is_nobody_s(client, settings, db):
    # What stands in quotation marks is read as octal numbers.
    for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, "usher_zone", "django_language"):
        answer = client.get("/", headers={"cookie": f'{name}="\\000aaaaaaaaaaaa"'})
        assert answer.status_code == 302


@pytest.mark.parametrize("argument", ["R-\udcff", "\udce9t\udce9"])
def test_an_argument_of_the_command_line_that_is_no_text_is_one_sentence(monkeypatch, capsys, argument):
    monkeypatch.setattr("sys.argv", ["manage.py", "explain", argument])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert capsys.readouterr().err.endswith("is no text in UTF-8.\n")
