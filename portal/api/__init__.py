"""/api/v1: the pages' own rules and refusals, for scripts and bots."""
