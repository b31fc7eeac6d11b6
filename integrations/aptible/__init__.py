"""Aptible: sign in as the bot, list a role's members, add and remove them, and read the organization."""
