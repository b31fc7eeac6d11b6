"""What Aptible says: the connection to it, the roles, people and environments of the last sync, and secrets.

Front door: connect.provider_for, sync.sync, roles.of_targets.
May import: core, models, audit, people.
"""
