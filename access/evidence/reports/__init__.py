"""Reports: what came of the requests of each month, by flow, target and person.

A month is that of asking: what is decided, held and ended later counts for the month in which it was asked for, and
its figures are reckoned anew until nothing of it can change.

Front door: read.report, reckon.month, reckon.schedule.
"""
