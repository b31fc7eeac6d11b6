"""What comes from Slack: commands, clicks, dialogs that are sent, and what the home shows.

endpoints       the addresses that Slack calls, and what has to hold before anything is read
signature       whether Slack itself sent it, and now
dispatch        what came, to whom it goes: the same for calls and for Socket Mode
caller          who did it, and how they are answered
command         what is typed behind the slash command
ask             the form
ask_view        how it looks
ask_outcome     what it says of who will decide
break_glass     the form for an emergency
break_glass_view how it looks
decide          approve and deny
end_and_extend  what one holds, and what one asked for
options         what is searched for in a dialog
"""
