"""Who may ask, who may decide, and for how long: stages and pools, fast track, on call, further questions, limits.

policy holds the values that approvers reads from the rows, and judges them.
Front door: approvers.circles, approvers.turn, simulate.of_flow, askers.offers, limits.
May import: core, models, audit, people, directory.
"""
