"""Read the stages of a flow at once: its pools, with the people and groups that they ask."""

from collections.abc import Collection, Iterable
from itertools import groupby
from typing import Any, Final

from django.db import connection

from access.policy import policy
from integrations.bidi import isolated

# Each ask and each page of a flow asks this, so it is written out by hand. A pool has a row of its own with nobody.
_READ: Final = """
WITH pools AS (
    SELECT s.flow_id, s.position, s.id AS stage, s.label, s.approvals_needed, p.after, p.id AS pool, p.managers
    FROM access_stage s LEFT JOIN access_pool p ON p.stage_id = s.id WHERE s.flow_id IN (%s)
)
SELECT flow_id, position, stage, label, approvals_needed, after, pool, managers, 0, 0, '', '' FROM pools
UNION ALL
SELECT flow_id, position, stage, pools.label, approvals_needed, after, pool, managers, 1, u.id, u.name, u.email
FROM pools JOIN access_pool_people w ON w.pool_id = pools.pool JOIN access_user u ON u.id = w.user_id
UNION ALL
SELECT flow_id, position, stage, pools.label, approvals_needed, after, pool, managers,
CASE WHEN g.everybody THEN 3 ELSE 2 END, g.id, g.label, '' FROM pools
JOIN access_pool_groups w ON w.pool_id = pools.pool JOIN access_group g ON g.id = w.group_id
ORDER BY 1, 2, 3, 6, 7
"""
_PERSON, _GROUPS, _EVERYBODY = 1, (2, 3), 3


def stages(flow_id: int) -> tuple[policy.Stage, ...]:
    """The stages in order, each with its pools by the time after which they are asked: one query."""
    return of_flows([flow_id]).get(flow_id, ())


def of_flows(flow_ids: Collection[int]) -> dict[int, tuple[policy.Stage, ...]]:
    """The same of several flows, in one query; those without stages are left out."""
    if not flow_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_READ % ", ".join(["%s"] * len(flow_ids)), list(flow_ids))
        rows = cursor.fetchall()
    return {
        pk: tuple(_stage([row[1:] for row in part]) for _key, part in groupby(of_flow, key=lambda row: row[1:3]))
        for pk, of_flow in groupby(rows, key=lambda row: row[0])
    }


def _stage(rows: list[tuple[Any, ...]]) -> policy.Stage:
    _position, _pk, label, needed, *_rest = rows[0]
    pools = [_pool(list(part)) for pool, part in groupby(rows, key=lambda row: row[5]) if pool is not None]
    return policy.Stage(label, needed, tuple(pools))


def _pool(rows: list[tuple[Any, ...]]) -> policy.Pool:
    people = [
        policy.Approver(pk, isolated(name or email), email) for *_pool, kind, pk, name, email in rows if kind == _PERSON
    ]
    groups = [
        policy.Group(pk, label, kind == _EVERYBODY) for *_pool, kind, pk, label, _email in rows if kind in _GROUPS
    ]
    return pool_of(people, groups, managers=bool(rows[0][6]), after=rows[0][4])


def pool_of(
    people: Iterable[policy.Approver], groups: Iterable[policy.Group], *, managers: bool, after: int
) -> policy.Pool:
    """Put them in an order that does not depend on the database."""
    by_name = sorted(people, key=lambda one: (one.name.lower(), one.email))
    by_label = sorted(groups, key=lambda one: one.name.lower())
    return policy.Pool(tuple(by_name), tuple(by_label), managers, after)
