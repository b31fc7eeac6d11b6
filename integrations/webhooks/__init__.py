"""Webhooks: signed events to addresses that others have typed, and to no place inside."""
