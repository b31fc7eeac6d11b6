"""The web process: `gunicorn --config python:portal.server`."""

import os
import sys

from django.core.management.base import SystemCheckError
from django.core.wsgi import get_wsgi_application

from portal import garbage_collection
from portal.utf8_request import Request

garbage_collection.pause()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = get_wsgi_application()
application.request_class = Request

from access.management import log_system_checks  # noqa: E402  the applications have to be there first

# Commands refuse to run with a setting that can't be right; so does the web server. With 4 gunicorn gives up
# at once, where it would start its workers again and again.
try:
    log_system_checks.check()
except SystemCheckError:
    sys.exit(4)
garbage_collection.resume()
