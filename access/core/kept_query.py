"""What stays of a query that was written down: less to keep, and nothing to look up again."""

from typing import Any

from django.db.models.sql.where import WhereNode


def forget_how(query: Any, compiler: Any) -> None:
    """Let go of what the SQL was made from: most of what is kept, in each process."""
    query.where, query.alias_map, query.combined_queries = WhereNode(), {}, ()
    compiler.where = compiler.having = compiler.qualify = None


def look_up_once(compiler: Any) -> None:
    """Remember what makes values of its answer: to ask each column anew takes as long as to make the rows."""
    found = compiler.get_converters([column for column, *_more in compiler.select[: compiler.col_count]])
    compiler.get_converters = lambda _columns: found
