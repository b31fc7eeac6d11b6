"""`manage.py job_cluster`: the child of `manage.py worker` that runs the jobs. Not for people."""

import gc
import os
import signal
from argparse import ArgumentParser
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django_q.cluster import Cluster

from access.worker import (
    heartbeat,
    job_log,
    jobs,  # noqa: F401  each job process is forked from this one, and should not import the work again
    process_tree,
    queue,
)
from access.worker.cluster import KEY_VARIABLE

LOOK: Final = 1.0  # seconds between two looks after the supervisor


class Command(BaseCommand):
    help = "Run the jobs of one worker. Started by the command worker, not by hand."
    # The worker has run them.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--supervisor", type=int, required=True, help="the process to end with")

    def handle(self, *, supervisor: int, **options: Any) -> None:
        """Run until the supervisor asks to stop, or is gone. Raises CommandError when the cluster falls apart."""
        key = os.environ.pop(KEY_VARIABLE, "")
        if not key or not os.environ.get("Q_CLUSTER_NAME"):
            raise CommandError(_("This is started by the command worker, not by hand."), returncode=2)
        process_tree.die_with_parent(supervisor)
        queue.sign_with(key)
        heartbeat.listen()
        job_log.listen()
        # What was imported stays as it is: the processes forked from this one then share it, instead of copying it.
        gc.collect()
        gc.freeze()
        cluster = Cluster()
        cluster.start()
        while cluster.sentinel.is_alive():
            if process_tree.is_orphan(supervisor):
                os.killpg(0, signal.SIGKILL)
            cluster.sentinel.join(LOOK)
        if not cluster.has_stopped:
            raise CommandError(_("The job cluster fell apart."))
