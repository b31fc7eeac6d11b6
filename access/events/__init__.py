"""Tell the outside what is in the log: webhooks, and a file of JSON lines.

Front door: deliver.deliver, write_lines.write, replay.replay, stream.after.
May import: core, models, audit, people, directory, policy, grants.
"""
