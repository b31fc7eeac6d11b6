"""The portal's settings with a lease of a quarter, and the limits of a job in proportion: the same rule, sooner.

For a worker that is started with DJANGO_SETTINGS_MODULE at this name. `check` holds these to their order as it does
the usual ones.
"""

from portal import settings as usual
from portal.settings import *  # noqa: F403  all others are as they are

HTTP_TIMEOUT = usual.HTTP_TIMEOUT // 4
FIRST_READ = usual.FIRST_READ // 4
CALL_WINDOW = usual.CALL_WINDOW // 4
LAST_CALL = usual.LAST_CALL // 4
LEASE = usual.LEASE / 4
Q_CLUSTER = {**usual.Q_CLUSTER, "timeout": usual.TASK_TIMEOUT // 4, "retry": usual.TASK_RETRY // 4}
