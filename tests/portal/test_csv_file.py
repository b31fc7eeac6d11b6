"""Lists as files: one that breaks off is seen to."""

import pytest
from django.db import OperationalError

from portal import csv_file


def test_a_file_that_breaks_off_says_so_in_its_last_line_and_breaks_the_connection_off():
    def rows():
        yield ["first"]
        raise OperationalError("server closed the connection unexpectedly")

    lines = iter(csv_file.response("requests", ["Name"], rows()))
    assert [next(lines), next(lines)] == [b"Name\r\n", b"first\r\n"]
    assert b"This file is not complete" in next(lines)
    with pytest.raises(OperationalError):
        next(lines)
