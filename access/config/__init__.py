"""The set-up: judged as it is typed, declared in files, planned, applied and exported.

Front door: declared.plan.plan, declared.plan.apply, declared.export.files, record_changes.
May import: core, models, audit, people, directory, policy, grants, events, requests, notify, evidence.
"""
