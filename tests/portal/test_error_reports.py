"""What Sentry is told: that something broke and where, once, and nothing secret or personal."""

import json
import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import brotli  # type: ignore[import-untyped]
import pytest
import sentry_sdk
from django.core.checks import run_checks
from django.core.handlers.base import BaseHandler
from django.db.backends.utils import CursorWrapper
from django.test import Client
from django.urls import path

from integrations import trace
from portal import error_reports, setting_checks

PASSWORD = "correct horse battery staple"


class Sentry(ThreadingHTTPServer):
    """Takes envelopes on this machine, and keeps what is in them."""

    daemon_threads = True

    def __init__(self):
        self.items, self.text = [], ""
        super().__init__(("127.0.0.1", 0), Receiver)

    @property
    def dsn(self):
        return f"http://public@127.0.0.1:{self.server_port}/1"


class Receiver(BaseHTTPRequestHandler):
    server: Sentry

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        text = brotli.decompress(body).decode()
        self.server.text += text
        self.server.items += [json.loads(line) for line in text.splitlines()[2::2]]
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_words):
        """Say nothing."""


@pytest.fixture
def sentry(settings):
    with Sentry() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.SENTRY_DSN = server.dsn
        error_reports.start()
        try:
            yield server
        finally:
            sentry_sdk.get_client().close()
            # Not by another init: with its defaults it would watch all that Django does for the rest of the run.
            sentry_sdk.get_global_scope().set_client(None)
            server.shutdown()


def told(sentry):
    sentry_sdk.flush(10)
    return sentry.items


def breaks(_request):
    password = PASSWORD
    raise RuntimeError(f"It broke with password={password!r} at postgres://usher:hidden-word@db/usher.")


urlpatterns = [path("breaks/", breaks)]


@pytest.mark.urls("tests.portal.test_error_reports")
@pytest.mark.django_db
def test_a_page_that_breaks_is_told_without_anything_of_who_asked(sentry, settings):
    settings.MIDDLEWARE, settings.ROOT_URLCONF = [], "tests.portal.test_error_reports"
    browser = Client(raise_request_exception=False)
    browser.cookies["usher_session"] = "a-session-of-somebody"
    with trace.of("request-1234"):
        browser.post(
            "/breaks/?code=an-answer-of-a-provider", {"reason": "what Jon typed"},
            headers={"authorization": "Bearer usher_token_of_somebody"},
        )  # fmt: skip
    [event] = told(sentry)
    [error] = event["exception"]["values"]
    assert error["type"] == "RuntimeError"
    assert "It broke with password='[hidden]" in error["value"]
    assert error["stacktrace"]["frames"][-1]["function"] == "breaks"
    assert event["tags"]["request_id"] == "request-1234"
    secret = (
        PASSWORD, "hidden-word", "a-session-of-somebody", "an-answer-of-a-provider", "what Jon typed",
        "usher_token_of_somebody", settings.SECRET_KEY,
    )  # fmt: skip
    assert [one for one in secret if one in sentry.text] == []
    assert not {"request", "user", "breadcrumbs", "extra"} & set(event)


def test_one_trouble_is_told_once_a_minute(sentry):
    for _time in range(10):
        try:
            raise OSError("The disk is full.")
        except OSError:
            logging.getLogger("access.worker").exception("It could not be written.")
    assert len(told(sentry)) == 1


def test_an_answer_that_is_meant_and_a_warning_are_not_told(sentry):
    logging.getLogger("django.request").error("Service Unavailable: /readyz")
    logging.getLogger("access.worker").warning("Aptible did not answer.")
    assert told(sentry) == []


def test_a_job_that_failed_is_told(sentry):
    logging.getLogger("django-q").error("Failed 'access.worker.jobs.converge' (a-b): password=abcdefgh12345")
    [event] = told(sentry)
    assert "access.worker.jobs.converge" in event["logentry"]["message"]
    assert "abcdefgh12345" not in sentry.text


def test_without_its_library_the_setting_is_refused(settings, monkeypatch):
    settings.SENTRY_DSN = "https://public@sentry.example.com/1"
    monkeypatch.setattr(setting_checks, "find_spec", lambda _name: None)
    assert "usher.E059" in {one.id for one in run_checks()}


def test_statements_and_pages_are_not_watched(sentry):
    assert CursorWrapper.execute.__module__ == "django.db.backends.utils"
    assert BaseHandler.get_response.__module__ == "django.core.handlers.base"
