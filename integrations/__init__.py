"""The outside: every door to another system. Knows no model and no page."""
