"""A test that commits leaves the database to the next one as the migrations made it."""

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType

from access.models import LogReader, User
from tests import committed_rows, factories


@pytest.fixture
def as_migrated(transactional_db):
    return committed_rows.rows()


def test_what_was_written_is_gone_and_what_migrations_wrote_is_there_again(as_migrated, now):
    factories.grant(now=now)
    LogReader.objects.all().delete()
    Permission.objects.first().delete()
    committed_rows.restore(as_migrated)
    assert committed_rows.rows() == as_migrated
    assert {LogReader, Permission, ContentType} <= set(as_migrated)
    assert not User.objects.exists()


def test_what_migrations_wrote_and_a_test_changed_is_what_it_was(as_migrated):
    LogReader.objects.update(seq=1_000_000)
    committed_rows.restore(as_migrated)
    assert committed_rows.rows() == as_migrated
