"""Tables and charts of the reports. A page has a thousand cells, and a template takes long to tell each by itself.

Whatever is no number is escaped here: `_told` is the one way by which a text gets into the page.
"""

from html import escape
from typing import Any, Final

from django import template
from django.utils.safestring import SafeString

from portal.charts import Chart
from portal.reports.tables import Link, Table, said

register = template.Library()

BAR: Final = (
    '<svg class="week-bar" viewBox="0 0 700 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
    '<rect width="%d" height="10" rx="2"></rect></svg>'
)


@register.simple_tag
def bars(chart: Chart) -> SafeString:
    """{% bars section.chart %}: the columns of a chart, each of its parts."""
    return SafeString(
        "".join(
            f'<rect class="tone-{part.tone}" x="{one.x}" width="{one.width}" y="{part.y}" height="{part.height}" />'
            for one in chart.columns
            for part in one.parts
        )
    )


@register.simple_tag
def rows(table: Table) -> SafeString:
    """{% rows table %}: the rows of the page, with a bar under what they are about where there are bars."""
    lengths = table.bars or [0] * len(table.rows)
    return SafeString(
        "\n".join(
            f'<tr><th scope="row">{_head(row[0], length)}</th>{"".join(map(_cell, row[1:]))}</tr>'
            for row, length in zip(table.rows, lengths, strict=True)
        )
    )


def _head(value: Any, length: int) -> str:
    if not isinstance(value, Link):
        return _told(value)
    name = _told(value)
    linked = f'<a href="{escape(value.narrows)}">{name}</a>' if value.narrows else name
    page = f' <a class="small" href="{escape(value.page)}">{_told(value.page_says)}</a>' if value.page else ""
    return linked + page + (BAR % length if length else "")


def _cell(value: Any) -> str:
    return f"<td>{value:,}</td>" if isinstance(value, int) else f"<td>{_told(value)}</td>"


def _told(value: Any) -> str:
    """Names of people, targets and flows run in their own direction."""
    return f"<bdi>{escape(said(value))}</bdi>"
