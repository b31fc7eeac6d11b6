"""How often a token may call, and what happens to a call that comes twice."""

from datetime import timedelta

import pytest
from django.db import connection, transaction

from access.core.errors import Conflict
from access.models import KeptAnswer, Token
from access.people import api_calls, tokens

MINUTE = timedelta(minutes=1)


@pytest.fixture
def token(jon, now):
    made, _text = tokens.issue(
        person=jon, actor="cli", label="Laptop", scopes=["read"], expires_at=now + timedelta(days=30), now=now
    )
    return made


def counted(token, now, *, writes=False):
    return api_calls.count(Token.objects.get(pk=token.pk), writes=writes, now=now)


@pytest.mark.parametrize(("writes", "limit"), [(False, api_calls.READS), (True, api_calls.WRITES)])
def test_a_minute_has_so_many_calls_and_the_next_one_as_many(token, now, writes, limit):
    answers = [counted(token, now + timedelta(seconds=20), writes=writes) for _one in range(limit + 2)]
    assert [one.admitted for one in answers] == [True] * limit + [False] * 2
    assert [answers[0].left, answers[limit - 1].left, answers[limit].left] == [limit - 1, 0, 0]
    assert answers[limit].resets_in == 40
    assert counted(token, now + MINUTE, writes=writes).admitted


def test_reading_and_writing_are_counted_apart(token, now):
    for _one in range(api_calls.WRITES):
        counted(token, now, writes=True)
    assert not counted(token, now, writes=True).admitted
    assert counted(token, now).admitted


def test_what_another_process_counted_meanwhile_counts(token, now):
    stale = Token.objects.get(pk=token.pk)
    api_calls.count(stale, writes=False, now=now)
    api_calls.count(stale, writes=False, now=now)
    assert Token.objects.get(pk=token.pk).reads == 2


def test_the_last_use_is_told_to_the_minute(token, now):
    counted(token, now + timedelta(seconds=61))
    assert Token.objects.get(pk=token.pk).last_used_at == now + MINUTE


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's writes are all waited for.")
def test_only_the_count_itself_is_not_waited_for(token, now):
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")  # whatever this server does otherwise
        try:
            counted(token, now)
            assert waits(cursor)
            with transaction.atomic():
                counted(token, now)
                assert waits(cursor)
        finally:
            cursor.execute("RESET synchronous_commit")


def waits(cursor):
    cursor.execute("SHOW synchronous_commit")
    return cursor.fetchone() == ("on",)


def claimed(token, now, *, key="k", body=b"{}"):
    print_ = api_calls.fingerprint("POST", "/api/v1/requests", body)
    return api_calls.claim(token=token, key=key, fingerprint=print_, now=now)


def test_the_same_call_gets_the_same_answer_for_a_day(token, now):
    api_calls.keep(claimed(token, now), status=201, body="made")
    again = claimed(token, now + timedelta(hours=23))
    assert (again.status, again.body) == (201, "made")
    assert claimed(token, now + timedelta(days=1)).status is None


def test_another_call_may_not_use_the_key(token, now):
    api_calls.keep(claimed(token, now), status=201, body="made")
    with pytest.raises(api_calls.OtherCall):
        claimed(token, now, body=b'{"other": 1}')
    assert claimed(token, now, key="another").status is None


def test_a_call_at_work_keeps_the_second_one_out_until_it_is_given_up(token, now):
    first = claimed(token, now)
    with pytest.raises(Conflict):
        claimed(token, now + timedelta(seconds=30))
    taken = claimed(token, now + api_calls.GIVEN_UP)
    assert (taken.pk, taken.status) == (first.pk, None)
    with pytest.raises(Conflict):
        claimed(token, now + api_calls.GIVEN_UP)


def test_a_call_that_changed_nothing_frees_its_key(token, now):
    api_calls.let_go(claimed(token, now))
    assert claimed(token, now, body=b"put right").status is None


def test_an_answer_that_is_kept_is_not_let_go(token, now):
    mine = claimed(token, now)
    api_calls.keep(mine, status=200, body="")
    api_calls.let_go(mine)
    assert KeptAnswer.objects.count() == 1


def test_keys_of_two_tokens_do_not_meet(token, rita, now):
    other, _text = tokens.issue(
        person=rita, actor="cli", label="Other", scopes=["read"], expires_at=now + MINUTE, now=now
    )
    api_calls.keep(claimed(token, now), status=200, body="hers")
    assert claimed(other, now).status is None
