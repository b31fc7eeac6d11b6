"""The way from an empty installation to the first access: each step can be left, and is found again from the rows.

steps       what is done, and what comes next
bot         the bot's sign-in, and the organization that it works in
roles       which of the organization's roles can be asked for
people      who may sign in and who decides, ticked among Aptible's own people
open_flow   the first flow, open for requests
"""
