"""Proof and oversight: what Aptible says held against what the portal believes, and what was found.

Front doors: `reconcile.sync` reads an organization and holds it against the grants. May import everything up to
`notify`.
"""
