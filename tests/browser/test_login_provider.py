"""Signing in with an OpenID Connect provider, in a browser: the content policy lets the form lead there and back."""

import pytest

from tests.portal.sign_in import provider

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.filterwarnings(provider.OLD_WAYS)]


def test_the_button_leads_to_the_provider_and_back(open_browser, settings, monkeypatch):
    with provider.running() as address:
        provider.configure(settings, monkeypatch, address)
        provider.tell(address, "s-1", email="nina@example.com", email_verified=True, name="Nina Berg")
        watched = open_browser()
        page = watched.open("/login/?next=/ask/")
        page.get_by_role("button", name="Continue with single sign-on").click()
        page.wait_for_url(f"{address}/**")
        page.locator("[name=sub]").fill("s-1")
        page.get_by_role("button", name="Authorize").click()
        page.wait_for_url(f"{watched.home}/ask/")
        assert "Nina" in watched.text
        assert not [one for one in watched.complaints if "Content Security Policy" in one]
