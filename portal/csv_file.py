"""Lists as CSV files: absolute times in UTC, and no text that a spreadsheet would run as a formula."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from django.db import DatabaseError
from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _

from access.core.csv_cells import guarded


class _Echo:
    """A file that hands back what is written, so that each line leaves at once."""

    def write(self, line: str) -> str:
        return line


def response(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> StreamingHttpResponse:
    """Answer with a file of this name, row by row."""
    answer = StreamingHttpResponse(_lines(header, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    answer["Cache-Control"] = "no-store"
    return answer


def moment(value: datetime | None) -> str:
    """Write a time in UTC, to the millisecond."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if value else ""


def _lines(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(header)
    try:
        for row in rows:
            yield writer.writerow([guarded(value) for value in row])
    except DatabaseError:
        # Seen by whoever opens the file, although the server breaks the connection off, too.
        yield writer.writerow([_("This file is not complete: the database went away. Load it again.")])
        raise
