"""Evidence packs through the API: for auditors and admins with the scope, never for those who may only decide."""

import io
import zipfile

import pytest

from access.models import User
from tests import factories
from tests.portal.api.test_auth import is_problem

pytestmark = pytest.mark.usefixtures("without_pdf")


@pytest.fixture
def ended(now, flow):
    return factories.grant(state="ended", now=now).requests.get()


def packed(answer) -> zipfile.ZipFile:
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/octet-stream")
    return zipfile.ZipFile(io.BytesIO(b"".join(answer)))


@pytest.mark.parametrize("query", ["request={ref}", "person=JON@example.com", "target=prod&since=2020-01-01T00:00:00Z"])
def test_an_admin_and_an_auditor_get_what_they_name(caller, ended, olga, query):
    User.objects.filter(pk=factories.person("audra").pk).update(is_auditor=True)
    for who in (olga, User.objects.get(email="audra@example.com")):
        file = packed(caller(who).get(f"/evidence?{query.format(ref=ended.ref.lower())}"))
        assert f"requests/{ended.ref}.json" in file.namelist()


def test_it_is_streamed_and_has_no_tag(caller, ended, olga):
    answer = caller(olga).get(f"/evidence?request={ended.ref}")
    assert answer.streaming
    assert "ETag" not in answer
    assert "no-store" in answer["Cache-Control"]
    packed(answer)


@pytest.mark.parametrize("who", ["jon", "adam", "rita"])
def test_who_may_not_read_the_log_gets_none_whether_it_exists_or_not(caller, ended, who):
    api = caller(factories.person(who))
    there, gone = (api.get(f"/evidence?request={ref}") for ref in (ended.ref, "R-NONE"))
    assert [is_problem(one, 403)["detail"] for one in (there, gone)] == [there.json()["detail"]] * 2


def test_a_token_without_the_scope_gets_none(caller, ended, olga):
    is_problem(caller(olga, "read").get(f"/evidence?request={ended.ref}"), 403)


def test_nobody_gets_everything_by_saying_nothing(caller, ended, olga):
    api = caller(olga)
    assert "Say which" in is_problem(api.get("/evidence"), 400)["errors"]["request"]
    is_problem(api.get("/evidence?request=R-NONE"), 404)
    is_problem(api.get(f"/evidence?request={ended.ref}&person=rita@example.com"), 404)
    is_problem(api.get("/evidence?everything=1"), 400)
