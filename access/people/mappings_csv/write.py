"""Write the user mappings as a file that can be imported again."""

import csv
from collections.abc import Iterator

from access.people.mapping_status import Listed, listed
from access.people.mappings_csv.cells import guarded
from access.people.mappings_csv.own import COLUMNS


class _Echo:
    """A file that hands back what is written, so that each line leaves at once."""

    def write(self, line: str) -> str:
        return line


def lines() -> Iterator[str]:
    """Write a header and a line for each mapping, with or without an account, in an order that stays."""
    # Quoted everywhere: a spreadsheet that separates by other characters than commas splits no value.
    writer = csv.writer(_Echo(), quoting=csv.QUOTE_ALL)
    yield writer.writerow(COLUMNS)
    for one in listed():
        yield writer.writerow([guarded(value) for value in _values(one)])


def _values(one: Listed) -> tuple[str, ...]:
    return (one.integration, one.email, one.account_id, one.account_email, one.method, one.status)
