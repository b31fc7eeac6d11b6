"""Access reviews: everybody who is in a role is kept or removed by somebody who answers for it, with a reason.

join        what is in a review, and what came of each row
begin       start one; decide: keep or remove; close: sign it off, or cancel it
look        what the worker does when one is due
"""
