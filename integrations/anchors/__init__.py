"""Places where the signed end of the log is kept out of reach of whoever owns the database."""

from integrations.anchors.place import kind_of, put

__all__ = ["kind_of", "put"]
