"""Proof and oversight: what Aptible says held against what Usher believes, and what was found.

compare    what differs between a directory that was read and the grants
findings   the memory of it: opened when first seen, closed when no longer so
reconcile  makes true again what is ours to make true
meaning    what a finding means, and what to do, in words
pack       what proves a request, as one zip
reports    what came of the requests of each month

Front door: reconcile.sync, compare.compare, pack.pack.stream, reports.read.report.
May import: core, models, audit, people, directory, policy, grants, events, requests, notify.
"""
