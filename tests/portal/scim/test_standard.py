"""The answers to SCIM, held against its standards by programs that nobody here wrote."""

import uuid

import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections

from access.models import AuditEvent, Group, User
from portal.scim import shapes

pytestmark = pytest.mark.django_db
BASE = "http://testserver/scim/v2"


@pytest.fixture
def scim(directory, settings):
    # Read here, by the one process that needs it: to import it takes three seconds.
    client = pytest.importorskip("scim2_client.engines.wsgi", reason="scim2-client is not installed: make test does it")
    settings.BASE_URL = "http://testserver"
    # A request of a real server ends with its connection, which here is the test's own.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield client.WSGISCIMClient(
        get_wsgi_application(), base_url=BASE, environ={"HTTP_AUTHORIZATION": f"Bearer {directory.text}"}
    )
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def test_the_tester_finds_nothing(scim, monkeypatch):
    tester = pytest.importorskip("scim2_tester", reason="scim2-tester is not installed: make test does it")
    filling = tester.filling
    usual = filling.get_random_example_value

    def example(path):
        """The tester can't know from a schema that a name has to be an address."""
        return f"{uuid.uuid4()}@example.com" if str(path).endswith("userName") else usual(path)

    monkeypatch.setattr(filling, "get_random_example_value", example)
    results = tester.check_server(scim)
    fine = (tester.Status.SUCCESS, tester.Status.COMPLIANT, tester.Status.ACCEPTABLE, tester.Status.SKIPPED)
    wrong = [f"{one.title}: {one.status.name}: {one.reason}" for one in results if one.status not in fine]
    assert not wrong, "\n".join(wrong)
    assert sum(one.status is not tester.Status.SKIPPED for one in results) > 40


def test_the_client_tells_the_whole_story(scim):
    scim.discover()
    user_model, group_model = scim.get_resource_model("User"), scim.get_resource_model("Group")
    jon = scim.create(user_model(user_name="jon@example.com", display_name="Jon Reyes", active=True))
    group = scim.create(group_model(display_name="Engineering", members=[{"value": jon.id}]))
    assert [one.value for one in scim.query(group_model, group.id).members] == [jon.id]
    assert Group.objects.get(label="Engineering").members.get().email == "jon@example.com"
    jon.active = False
    scim.replace(jon)
    assert not User.objects.get(email="jon@example.com").is_active
    scim.delete(user_model, jon.id)
    assert AuditEvent.objects.filter(type="person.left_directory", subject="person:jon@example.com").exists()


def test_the_schemas_name_what_is_kept_and_no_more(directory):
    user = directory.get("/Schemas/" + str(shapes.User.__schema__))
    names = {one["name"] for one in user["attributes"]}
    assert names == {"userName", "name", "displayName", "active", "emails", "groups"}
