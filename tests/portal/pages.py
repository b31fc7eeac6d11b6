"""What tests of pages look at."""

import html
import re

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

HTMX = {"HX-Request": "true"}


def queries(browser: Client, address: str, **kwargs) -> int:
    """How many queries this page takes."""
    browser.get(address, **kwargs)  # what is read once and kept is read here
    with CaptureQueriesContext(connection) as seen:
        assert browser.get(address, **kwargs).status_code == 200
    return len(seen)


def plain(response) -> str:
    """The page as text, without what differs each time it is made: tokens, and white space between tags."""
    text = response.content.decode()
    text = re.sub(r'(name="csrfmiddlewaretoken" value=|X-CSRFToken": )"[^"]*"', r'\1""', text)
    return re.sub(r"\s+", " ", text)


def words(response) -> str:
    """What a person reads, on one line."""
    text = re.sub(r"<(script|style).*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text)).strip()
    return html.unescape(re.sub(r" ([.,:])", r"\1", text))


def is_part_of(fragment, page) -> bool:
    """Whether a fragment is exactly what a fresh page has in its place."""
    return plain(fragment).strip() in plain(page)


def checked(response, name):
    """The value of the radio button that is chosen, if one is."""
    text = response.content.decode()
    inputs = [part for part in text.split("<input")[1:] if f'name="{name}"' in part.split(">")[0]]
    values = [part.split('value="')[1].split('"')[0] for part in inputs if "checked" in part.split(">")[0]]
    return values[0] if values else None


def is_off(response):
    """Whether the button that sends the form is turned off."""
    return re.search(r'id="ask-send"\s+disabled', response.content.decode()) is not None


def counted(work) -> int:
    """How many queries this takes."""
    with CaptureQueriesContext(connection) as seen:
        work()
    return len(seen)
