"""The account that the portal itself signs in with is never a person's, whoever says so."""

import io

import pytest
from django.core.management import call_command

from access.core.errors import Conflict
from access.directory import sync
from access.models import AuditEvent, DirectoryPerson, Integration, User, UserMapping
from access.people import mappings, mappings_csv
from access.requests import ask_errors
from tests import factories
from tests.access.admin import pages

pytestmark = pytest.mark.django_db


@pytest.fixture
def bot(integration, now) -> DirectoryPerson:
    row = DirectoryPerson.objects.create(
        integration=integration, external_id="u-bot", email="usher-bot@example.com", name="Usher", verified=True
    )
    Integration.objects.filter(pk=integration.pk).update(bot_account_id="u-bot")
    integration.refresh_from_db()
    return row


def test_a_sync_finds_out_which_account_it_is_and_takes_it_from_whoever_has_it(integration, provider, jon, now):
    sync.sync(integration=integration, provider=provider, actor="usher", now=now)
    integration.refresh_from_db()
    email = integration.sign_in[0].value().lower()
    assert DirectoryPerson.objects.get(external_id=integration.bot_account_id).email.lower() == email
    UserMapping.objects.filter(user=jon).delete()
    UserMapping.objects.create(
        user=jon, integration=integration, account_id=integration.bot_account_id, matched_at=now, method="manual"
    )
    sync.sync(integration=integration, provider=provider, actor="usher", now=now)
    assert UserMapping.objects.get(user=jon).account_id != integration.bot_account_id
    assert AuditEvent.objects.filter(type="mapping.unset", person_id=jon.pk).exists()


def test_a_match_by_email_leaves_it_alone(bot, integration, now):
    twin = User.objects.create_user(bot.email)
    assert mappings.match(user=twin, integration=integration, now=now).problem == "bot"
    assert mappings.foreseen(user=twin, integration=integration).problem == "bot"


def test_an_admin_maps_nobody_to_it(bot, integration, jon, olga, client, now):
    with pytest.raises(Conflict, match="own bot"):
        mappings.set_by_hand(user=jon, integration=integration, account_id="U-BOT ", by=olga, now=now)
    client.force_login(olga)
    mapping = factories.mapping(jon)
    page = client.post(pages.of(mapping), {"account": bot.pk})
    assert "own bot" in pages.errors(page)["account"][0]
    assert mapping.account_id == UserMapping.objects.get(pk=mapping.pk).account_id


@pytest.mark.parametrize("line", ["u-bot,", ",usher-bot@example.com"])
def test_a_file_maps_nobody_to_it(bot, integration, jon, line, now):
    data = f"integration,email,account_id,account_email\n{integration.name},{jon.email},{line}\n".encode()
    assert "own bot" in mappings_csv.plan(data).wrong[0].text
    assert mappings_csv.apply(data, actor="cli", now=now).wrong
    assert not UserMapping.objects.filter(account_id="u-bot").exists()


def test_who_was_mapped_to_it_before_gets_nothing_through_it(bot, integration, jon, now):
    mapping = UserMapping(user=jon, integration=integration, account_id="u-bot")
    assert "own bot" in ask_errors.of_mapping(mapping)["target"]


def test_where_files_alone_set_up_a_file_of_mappings_is_looked_at_and_not_taken(settings, integration, jon, tmp_path):
    settings.SETUP = "files"
    before = list(UserMapping.objects.values_list("user", "account_id"))
    email = DirectoryPerson.objects.filter(integration=integration).latest("pk").email
    path = tmp_path / "m.csv"
    path.write_text(f"integration,email,account_email\n{integration.name},{jon.email},{email}\n")
    out = io.StringIO()
    call_command("mappings", "import", str(path), "--dry-run", stdout=out)
    with pytest.raises(Exception, match="files alone"):
        call_command("mappings", "import", str(path), stdout=out)
    assert list(UserMapping.objects.values_list("user", "account_id")) == before
