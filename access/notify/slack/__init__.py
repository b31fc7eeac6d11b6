"""Slack: who people are there, and what is told to them.

workspace  the workspace of this portal, from the admin or from the environment
people     which person of the portal a Slack account belongs to, and the other way round
deliveries what came from there, so that nothing is done twice
thread     what is told below an announcement
homes      what the home of the app shows to each person
"""
