"""Proof and oversight: what Aptible says held against what Usher believes, and what was found.

compare    what differs between a directory that was read and the grants
findings   the memory of it: opened when first seen, closed when no longer so
reconcile  makes true again what is ours to make true
meaning    what a finding means, and what to do, in words

Front door: reconcile.sync, compare.compare.
May import: core, models, audit, people, directory, policy, grants, events, requests, notify.
"""
