"""The PostgreSQL server on which the tests run: databases are made there, copied and dropped."""

import psycopg
from django.db import connection, connections
from psycopg import sql


def has(name: str) -> bool:
    """Whether there is a database of this name."""
    with _maintenance() as server:
        return server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def copy(source: str, name: str) -> None:
    """Make a database from another, at which nobody may be: a connection of this thread is closed."""
    connection.close()
    _run(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(source)))


def drop(name: str) -> None:
    """Whoever is at it is sent away."""
    _run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _run(statement: sql.Composed) -> None:
    with _maintenance() as server:
        server.execute(statement)


def _maintenance() -> psycopg.Connection:
    settings = connections.settings["default"]
    where = {key.lower(): settings[key] for key in ("HOST", "PORT", "USER", "PASSWORD") if settings[key]}
    return psycopg.connect(dbname="postgres", autocommit=True, **where)
