"""The background side: a clock that turns due rows into tasks, and a job cluster that it keeps alive.

supervise     the one process that people start; everything below serves it
sweep         due rows -> tasks, never more than the cluster can take up at once
jobs          what the cluster runs: primary keys in, one call into a room
watchdog      keeps the cluster running: asks for heartbeats, and restarts it
heartbeat     a sign of life that went through all of the cluster
cluster       the job cluster as a child process: start it, ask it to stop, kill all of it
registry      the workers' rows: who is there, who is gone, what the dead ones left behind
queue         the queue between the two, in our database
outage        goes on when the database is away
timing        when something is due again, and whether the cluster shows signs of life
process_tree  processes that do not outlive the one that started them

Front door: supervise.Supervisor, jobs.
May import: core, models, audit, people, directory, policy, grants, events, requests, notify, evidence, config,
alerts.
"""
