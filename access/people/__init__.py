"""People and what is theirs: how they sign in, API tokens, their accounts at Aptible, and who decides for whom.

rules says who may change what of these.
Front door: people.join, contact.erase, sign_in, tokens, mappings, delegations.
May import: core, models, audit.
"""
