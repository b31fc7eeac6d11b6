"""The rooms of access/, in their order."""

from typing import Final

# From the ground up: a room may import those named before it, and nothing else.
ROOMS: Final = (
    "core", "models", "audit", "people", "directory", "policy", "grants", "events", "requests", "notify", "evidence",
    "config", "alerts", "worker", "demo",
)  # fmt: skip
