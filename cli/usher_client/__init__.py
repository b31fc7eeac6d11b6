"""Usher from a command line: the API's client, and the command `usher` on top of it."""
