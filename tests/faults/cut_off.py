"""Histories in which the database really goes away, with what is written committed: a server's session, or a file."""

from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest.mock import patch

import psycopg
from django.db import OperationalError, connection
from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests import committed_rows
from tests.access.grants import fault_matrix
from tests.faults.file_troubles import TROUBLES, take_up_again
from tests.faults.histories import History, set_up

STEPS = sorted(fault_matrix.WRITES)


class CutOffHistory(History):
    """A history in which a step that writes finds the database away, once, or loses it right after."""

    def work_until_it_is_cut_off(self, step, cut_off, *, after):
        """Let a worker make a pass, and cut it off at this step: `cut_off` begins what lasts until the pass is over.

        Gives back what the database said to that, which may be nothing.
        """
        place, name = fault_matrix.PLACES[step]
        real = getattr(place, name)
        with ExitStack() as until_the_pass_is_over:

            def broken(*args, **kwargs):
                with patch.object(place, name, real):
                    given = real(*args, **kwargs) if after else None
                    until_the_pass_is_over.enter_context(cut_off())
                    return given if after else real(*args, **kwargs)

            try:
                with patch.object(place, name, broken):
                    self.converge()
            except OperationalError as error:
                return str(error)
            finally:
                # As the broker and the supervisor do once a statement has failed.
                connection.close()
        return ""


class DisconnectedHistory(CutOffHistory):
    """On PostgreSQL: the server ends the session, as where it is started anew."""

    ended = 0  # sessions
    kept: committed_rows.Kept = {}  # set by the test: what is there before and after each history

    def begin(self):
        set_up()

    def take_back(self):
        connection.close()
        committed_rows.restore(self.kept)

    @rule(step=st.sampled_from(STEPS), after=st.booleans())
    def work_while_the_server_ends_the_session(self, step, after):
        self.work_until_it_is_cut_off(step, self._end_this_session, after=after)

    @contextmanager
    def _end_this_session(self):
        end_this_session()
        type(self).ended += 1
        yield


def end_this_session():
    """The server ends the session of this thread's connection: the next statement fails."""
    connection.ensure_connection()
    server = connection.connection.info
    where = {"host": server.host, "port": server.port, "user": server.user, "dbname": server.dbname}
    with psycopg.connect(**where, password=server.password or None, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 2000)", [server.backend_pid])


class FileHistory(CutOffHistory):
    """On SQLite: the file is locked by another process, moved away and back, or has no room."""

    said: set[str] = set()  # by SQLite, to what happened to it
    kept: Path  # set by the test: the file as it is before each history

    def begin(self):
        take_up_again(self.kept)

    def take_back(self):
        connection.close()

    @rule(trouble=st.sampled_from(sorted(TROUBLES)), step=st.sampled_from(STEPS), after=st.booleans())
    def work_while_the_file_is(self, trouble, step, after):
        self.said.add(self.work_until_it_is_cut_off(step, TROUBLES[trouble], after=after).partition(":")[0])
