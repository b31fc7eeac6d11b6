"""E-mail, by the server that the settings name."""
