"""The background side: a clock that turns due rows into tasks, and a job cluster that it keeps alive.

supervise   the one process that people start; everything below serves it
sweep       due rows -> tasks, never more than the cluster can take up at once
keeper      keeps the cluster running: heartbeats, the watchdog, restarts
beats       a sign of life that went through all of the cluster
cluster     the job cluster as a child process: start it, ask it to stop, kill all of it
roll        the workers' rows: who is there, who is gone, what the dead ones left behind
queue       the queue between the two, in our database
outage      goes on when the database is away
timing      when something is due again, and whether the cluster shows signs of life
lineage     processes that do not outlive the one that started them
"""
