"""One person's ask and its story: asked, decided, taken in an emergency, and looked at afterwards.

Front door: ask.ask, decide.approve, decide.deny, break_glass.take, detail.detail, timeline.steps.
May import: core, models, audit, people, directory, policy, grants, events.
"""
