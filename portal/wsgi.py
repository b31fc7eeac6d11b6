"""The web process: `gunicorn portal.wsgi`."""

import os
import sys

from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = get_wsgi_application()

# Commands refuse to run with a setting that can't be right; so does the web server. With 4 gunicorn gives up
# at once, where it would start its workers again and again.
try:
    call_command("check")
except SystemCheckError as error:
    sys.stderr.write(f"{error}\n")
    sys.exit(4)
