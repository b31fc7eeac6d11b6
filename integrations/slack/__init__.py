"""Slack: the workspace where people ask, decide and are told."""
