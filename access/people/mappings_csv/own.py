"""Our own columns: what is exported can be imported again."""

from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext as _

from access.people.mappings_csv.layout import Entry, Layout, unknown
from access.people.mappings_csv.read import Row

COLUMNS: Final = ("integration", "email", "account_id", "account_email", "method", "status")
_ACCOUNT: Final = {"account_id", "account_email"}


def layout(titles: tuple[str, ...]) -> Layout:
    """Columns may stand in any order. Which account it is says its id, its e-mail or both; the rest is not read."""
    names = [title.lower() for title in titles]
    wrong = [
        unknown(title, known=", ".join(COLUMNS))
        for title, name in zip(titles, names, strict=True)
        if name not in COLUMNS
    ]
    missing = [name for name in ("integration", "email") if name not in names]
    wrong += [_("The column “%(name)s” is missing.") % {"name": name} for name in missing]
    if not _ACCOUNT & set(names):
        wrong.append(_("One of the columns “account_id” and “account_email” is missing."))
        return Layout(None, tuple(wrong))
    return Layout(None if missing else lambda row: _entries(names, row), tuple(wrong))


def _entries(names: list[str], row: Row) -> Iterator[Entry]:
    cells = dict(zip(names, row.cells, strict=True))
    account_id, account_email = cells.get("account_id", ""), cells.get("account_email", "")
    yield Entry(row.line, cells["integration"], cells["email"], account_id, account_email)
