"""The access itself, from its start to its end. lifecycle is the only writer of a state, here and anywhere.

Front door: converge.target, end_early.end, extend.extend, lifecycle.advance, active.visible_to.
May import: core, models, audit, people, directory, policy.
"""
