"""Run the benchmarks on the configured database: a table for people, a JSON file for machines."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

from bench import punctuality  # noqa: E402  needs the settings

punctuality.main()
