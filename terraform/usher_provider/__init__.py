"""Usher's set-up by Terraform: a provider that talks to the portal's API."""
