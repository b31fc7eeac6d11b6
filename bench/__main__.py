"""Run the benchmarks on the configured database: a table for people, a JSON file for machines."""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

from bench import plans, punctuality, speed  # noqa: E402  needs the settings

sys.exit(0 if all([punctuality.main(), plans.main(), speed.main()]) else 1)
