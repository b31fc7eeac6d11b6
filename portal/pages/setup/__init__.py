"""The set-up path: from an empty installation to the first access that was confirmed."""
