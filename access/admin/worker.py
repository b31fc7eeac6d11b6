"""Workers, to be read."""

from django.contrib import admin

from access.admin.base import Register
from access.admin.site import site
from access.models import Worker


@admin.register(Worker, site=site)
class WorkerAdmin(Register):
    list_display = ("name", "host", "pid", "started_at", "beat_at", "jobs_beat_at", "restarts")
    search_fields = ("name", "host")
    ordering = ("-beat_at",)
