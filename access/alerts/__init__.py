"""What somebody has to know at once, and what a person finds when they come in.

Front door: alerts.for_admin, alerts.overdue, home.home.
May import: core, models, audit, people, directory, policy, grants, events, requests, notify, evidence, config.
"""
