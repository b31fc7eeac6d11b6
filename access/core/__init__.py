"""Words that need no table: states, refusals, references, lengths of time, clocks, and the plain values that rows hold.

May import: nothing of access.
"""
