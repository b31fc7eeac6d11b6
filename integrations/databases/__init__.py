"""A whole copy of a database, taken while it is used."""
