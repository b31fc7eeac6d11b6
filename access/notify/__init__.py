"""Who is told of what. Nothing else in the product knows that anybody is: the log says what happened.

read_log      reads the log, and writes a message for each person who has to hear of an event
audience      the table: which event is told to whom, when, as what, and who those people are
reminders     when people who let somebody wait are reminded
still_wanted  whether a message that is due is still true
outbox        sends a message that is due: claim, send, record
preferences   what a person chose to be told of
letters       what each kind of message says
slack         announcements, direct messages and homes in Slack

Front door: read_log.read, outbox.send, preferences.
May import: core, models, audit, people, directory, policy, grants, events, requests.
"""
