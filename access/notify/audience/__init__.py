"""Who is told of what: the table of all events, and a file for each kind of people that it asks for.

table           which event is told to whom, when, and as what
deciders        who is asked to decide
dead_ends       what was asked for and can't be had
people_changes  whose voice is whose
findings        what a look at Aptible found
comments        what was said on a request
"""
