"""The face and the wiring: settings, addresses, pages, the API, Slack's endpoints, signing in. No rule lives here."""
