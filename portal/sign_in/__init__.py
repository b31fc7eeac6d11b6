"""Signing in: with a password, or with a provider (OpenID Connect, Google, GitHub, SAML), and what is checked of it."""
