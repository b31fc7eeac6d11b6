"""Signing in with SAML, in a browser: the answer comes by a POST from another site, along with which go no cookies."""

import pytest

from tests.portal.sign_in import saml_idp

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("with_javascript", [True, False])
def test_the_button_leads_to_the_provider_and_back(open_browser, settings, monkeypatch, with_javascript):
    idp = saml_idp.Idp(attributes={"email": ["nina@example.com"], "fullName": ["Nina Berg"]})
    watched = open_browser(java_script_enabled=with_javascript)
    with saml_idp.running(idp):
        saml_idp.configure(settings, monkeypatch, idp)
        settings.BASE_URL = watched.home
        page = watched.open("/login/?next=/ask/")
        page.get_by_role("button", name="Continue with SAML").click()
        page.wait_for_url(f"{idp.address}/**")
        page.get_by_role("button", name="Agree").click()
        if not with_javascript:
            page.get_by_role("button", name="Continue signing in").click()
        page.wait_for_url(f"{watched.home}/ask/")
        assert "Nina" in watched.text
        assert not [one for one in watched.complaints if "Content Security Policy" in one]
