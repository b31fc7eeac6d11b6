"""A page as PDF, by WeasyPrint, which is an extra (`usher[pdf]`): it needs the C library Pango, and fonts."""

import logging
from typing import Any

from django.utils.translation import gettext as _


class NoPdf(Exception):
    """None can be made on this machine; the text says what is missing."""


def of_page(page: str, *, style: str) -> bytes:
    """The same page gives the same bytes, with the same fonts. Nothing is fetched, whatever the page names.

    Raises NoPdf.
    """
    for name in ("weasyprint", "weasyprint.progress"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # each step, and that it fetched nothing
    weasyprint = _library()
    nothing = weasyprint.urls.URLFetcher(allowed_protocols=(), allow_redirects=False)
    sheet = weasyprint.CSS(string=style, url_fetcher=nothing)
    made: bytes = weasyprint.HTML(string=page, url_fetcher=nothing).write_pdf(stylesheets=[sheet])
    return made


def _library() -> Any:
    try:
        import weasyprint
    except ImportError:
        raise NoPdf(_("The Python package weasyprint is not installed: install usher[pdf].")) from None
    except OSError:
        raise NoPdf(_("WeasyPrint does not find the C library Pango on this machine: install it.")) from None
    return weasyprint
