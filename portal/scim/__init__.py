"""SCIM 2.0, by which a company's directory keeps people and groups here: see docs/scim.md.

The library reads, answers and refuses as the standard has it; what is here is which attributes there are, and the way
to the rows.
"""
