"""People and groups as the company's directory has them. Who calls has a token of the scope `provision`.

rules    whose account may be the directory's, and what of it
people   come, change, leave and come back
groups   made, filled and emptied by the directory alone; that a flow names one is the portal's
provider what a sign-in provider says of somebody's name and e-mail, without a directory
claims   groups that follow what it says at each sign-in
"""
