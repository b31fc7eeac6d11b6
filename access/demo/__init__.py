"""The announcement's story to try out: everything on this machine, with a simulated Aptible.

Front door: run.show, run.tell.
May import: core, models, audit, people, directory, policy, grants, events, requests, notify, evidence, config,
alerts, worker.
"""
