"""Charts and tables of the reports as they stand on the page. It has a thousand cells, and a template takes long to
tell each by itself, as does Django to say in which language: so that is asked once.

Whatever is no number is escaped here: `_told` and `_plain` are the ways by which a text gets into the page. Rows and
cells are left open, as HTML ends them where the next one begins: that is a sixth of a long report.
"""

from collections.abc import Iterable
from datetime import date
from functools import cache, lru_cache
from html import escape
from typing import Any, Final, NamedTuple

from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from portal.charts import WIDTH, Chart
from portal.reports.tables import Link, Seconds, Section, Table, said
from portal.templatetags.usher import icon

BAR: Final = '<svg class="week-bar" aria-hidden="true"><rect width="%s%%" height="100%%" rx="1" /></svg>'
_TONE: Final = '<li><svg viewBox="0 0 10 10"><rect class="tone-%s" width="10" height="10" /></svg>%s</li>'
_CHART: Final = (
    '<div class="chart" aria-hidden="true">'
    '<svg viewBox="0 0 700 100" preserveAspectRatio="none" stroke-width="%d">%s</svg>'
    '<p class="chart-labels">%s</p>%s</div>'
)
_NO_LABEL: Final = "<b></b>"
_TABLE: Final = (
    '<div class="figures-frame" tabindex="0" role="region" aria-label="%s: %s">'
    '<table class="figures"><thead><tr>%s<tbody>%s</table></div>'
)
_SECTION: Final = (
    '<section class="card report" aria-labelledby="%(name)s">\n<h2 id="%(name)s">%(title)s</h2>\n'
    "%(says)s%(hint)s%(chart)s\n%(tables)s\n</section>\n"
)
_FILE: Final = '<p class="small">%s<a href="%s">%s %s<span class="for-readers">: %s</span></a></p>'


class _Words(NamedTuple):
    """What each of the tables says, in the language of the reader."""

    language: str | None
    by_month: str
    by_length: str
    download: str
    more: str


@cache
def _words(language: str | None) -> _Words:
    more = _("%(count)s more are in the file.")
    return _Words(language, _plain(_("By month")), _plain(_("By length")), _plain(_("Download CSV")), _plain(more))


def drawn(sections: Iterable[Section], files: str) -> SafeString:
    """All of them; `files` is the address of each table as a file, up to its name."""
    words = _words(get_language())
    return SafeString(f'<div class="reports">\n{"".join(_section(one, files, words) for one in sections)}</div>')


def _section(section: Section, files: str, words: _Words) -> str:
    says, hint, title = map(_plain, (section.says, section.hint, section.title))
    return _SECTION % {
        "name": _plain(section.name),
        "title": title,
        "says": f"<p>{says}</p>\n" if says else "",
        "hint": f'<p class="quiet small">{hint}</p>\n' if hint else "",
        "chart": _chart(section.chart),
        "tables": _tables(section, title, files, words),
    }


def _chart(chart: Chart | None) -> str:
    """Its columns, what stands under them, and what each tone means."""
    if chart is None or not chart.highest:
        return ""
    labels = "".join([f"<span>{_plain(one.label)}</span>" if one.label else _NO_LABEL for one in chart.columns])
    return _CHART % (chart.columns[0].width, _bars(chart), labels, _key(chart))


def _bars(chart: Chart) -> str:
    """All parts of one tone are one line as wide as a column: a rectangle for each took a tenth of the page."""
    shapes: dict[str, list[str]] = {}
    for one in chart.columns:
        for tone, y, height in one.parts:
            shapes.setdefault(tone, []).append(f"M{one.x} {y}v{height}")
    return "".join([f'<path class="tone-{tone}" d="{"".join(parts)}" />' for tone, parts in shapes.items()])


def _key(chart: Chart) -> str:
    tones = "".join([_TONE % (tone, _plain(label)) for tone, label in chart.key])
    return f'<ul class="chart-key">{tones}</ul>' if tones else ""


def _tables(section: Section, title: str, files: str, words: _Words) -> str:
    """Those with bars as they are, the others folded; each with the address of its file."""
    says = (words.by_month, words.by_length)
    return "".join(
        [
            _table(title, one, files, words)
            if one.bars
            else _folded(_table(title, one, files, words), says[min(at, 1)])
            for at, one in enumerate(section.tables)
            if one.rows
        ]
    )


def _folded(table: str, says: str) -> str:
    return f'<details class="more"><summary>{says}</summary>{table}</details>'


def _table(title: str, table: Table, files: str, words: _Words) -> str:
    columns = [*map(_plain, table.columns)]
    heads = "".join([f'<th scope="col">{one}' for one in columns])
    more = f'<span class="quiet">{words.more % {"count": table.more}}</span> ' if table.more else ""
    file = _FILE % (more, _plain(files + table.name), icon("download"), words.download, title)
    return _TABLE % (title, columns[0], heads, _rows(table, words.language)) + file


def _rows(table: Table, language: str | None) -> str:
    """With a bar under what they are about where there are bars."""
    lengths = table.bars or [0] * len(table.rows)
    return "\n".join(
        [
            f'<tr><th scope="row">{_head(row[0], length, language)}{_cells(row[1:], language)}'
            for row, length in zip(table.rows, lengths, strict=True)
        ]
    )


def _head(value: Any, length: int, language: str | None) -> str:
    name = _told(value, language)
    if not isinstance(value, Link):
        return name
    linked = f'<a href="{escape(value.narrows)}">{name}</a>' if value.narrows else name
    page = f' <a class="small" href="{escape(value.page)}">{_plain(value.page_says)}</a>' if value.page else ""
    return linked + page + (BAR % f"{100 * length / WIDTH:.3g}" if length else "")


def _cells(values: Iterable[Any], language: str | None) -> str:
    return "".join([f"<td>{one:,}" if isinstance(one, int) else f"<td>{_told(one, language)}" for one in values])


def _told(value: Any, language: str | None) -> str:
    """Names of people, targets and flows run in their own direction; months and lengths of time are ours."""
    if isinstance(value, date):
        return _month(value, language)
    if isinstance(value, Seconds):
        return _length(value.value, language)
    return f"<bdi>{_plain(value)}</bdi>"


@lru_cache(maxsize=1000)
def _length(seconds: float | None, language: str | None) -> str:
    return _plain(said(Seconds(seconds), language))


@lru_cache(maxsize=1000)
def _month(month: date, language: str | None) -> str:
    return _plain(said(month, language))


def _plain(value: object) -> str:
    return escape(str(value))
