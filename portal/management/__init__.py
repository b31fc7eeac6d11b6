"""The commands that need the portal's own pages or endpoints."""
