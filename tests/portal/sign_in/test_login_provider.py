"""Signing in with an OpenID Connect provider: a real one, on this machine, that lets anybody in."""

from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.urls import reverse
from social_django.models import UserSocialAuth

from access.models import AuditEvent, User
from tests import factories
from tests.portal.sign_in import provider as providers

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings(providers.OLD_WAYS)]


@pytest.fixture(scope="module")
def provider():
    with providers.running() as address:
        yield address


@pytest.fixture(autouse=True)
def configured(settings, monkeypatch, provider):
    providers.configure(settings, monkeypatch, provider)


@pytest.fixture
def knows(provider):
    def knows(subject, **claims):
        providers.tell(provider, subject, **claims)

    return knows


@pytest.fixture
def sign_in(client):
    """Go all the way as a browser does: our button, the provider's form, and back."""

    def sign_in(subject, *, action="authorize", onward="/ask/"):
        begun = client.post(reverse("social:begin", args=["oidc"]), {"next": onward})
        assert begun.status_code == 302
        form = {"sub": subject, "action": action}
        agreed = requests.post(begun["Location"], data=form, allow_redirects=False, timeout=5)
        back = urlsplit(agreed.headers["Location"])
        return client.get(f"{back.path}?{back.query}")

    return sign_in


def refusal(client, answer):
    """The sentence on the sign-in page that a refused sign-in leads to."""
    assert answer.status_code == 302
    assert answer["Location"] == reverse("login")
    page = client.get(answer["Location"])
    assert "_auth_user_id" not in client.session
    return " ".join(str(message) for message in page.context["messages"])


def signed_in(client):
    return User.objects.get(pk=client.session["_auth_user_id"])


def test_somebody_new_gets_an_account_without_any_rights(client, sign_in, knows):
    knows("s-1", email="Nina@Example.com", email_verified=True, name="Nina Berg")
    answer = sign_in("s-1")
    assert answer["Location"] == "/ask/"
    nina = signed_in(client)
    assert (nina.email, nina.name) == ("nina@example.com", "Nina Berg")
    assert (nina.is_staff, nina.is_superuser, nina.has_usable_password()) == (False, False, False)
    assert not nina.pools.exists()
    assert AuditEvent.objects.get(type="person.joined").actor == "nina@example.com"


def test_the_first_time_an_account_is_found_by_its_email_in_any_case(client, sign_in, knows, jon):
    knows("s-2", email="JON@example.com", email_verified=True)
    sign_in("s-2")
    assert signed_in(client) == jon
    assert not AuditEvent.objects.filter(type="person.joined").exists()


def test_after_that_it_is_found_by_the_subject_whatever_the_email(client, sign_in, knows, jon):
    knows("s-3", email="jon@example.com", email_verified=True)
    sign_in("s-3")
    client.logout()
    knows("s-3", email="jonathan@example.com", email_verified=True)
    sign_in("s-3")
    assert signed_in(client) == jon
    assert User.objects.count() == 1


def test_another_subject_with_the_same_email_is_refused(client, sign_in, knows, jon):
    knows("s-4", email="jon@example.com", email_verified=True)
    sign_in("s-4")
    client.logout()
    knows("s-5", email="jon@example.com", email_verified=True)
    assert "belongs to another sign-in" in refusal(client, sign_in("s-5"))


@pytest.mark.parametrize("verified", [{}, {"email_verified": False}, {"email_verified": "false"}])
def test_an_email_that_is_not_verified_is_refused(client, sign_in, knows, jon, verified):
    knows("s-6", email="jon@example.com", **verified)
    assert "does not say that your e-mail address is verified" in refusal(client, sign_in("s-6"))
    assert not UserSocialAuth.objects.exists()


def test_somebody_without_an_email_is_refused(client, sign_in, knows):
    knows("s-7", email_verified=True)
    assert "does not say that your e-mail address is verified" in refusal(client, sign_in("s-7"))


@pytest.mark.parametrize("email", ["jon@example.org", "jon@sub.example.com", "jon@example.com.example.org"])
def test_another_domain_is_refused(client, sign_in, knows, email):
    knows("s-8", email=email, email_verified=True)
    assert "may not sign in here" in refusal(client, sign_in("s-8"))
    assert not User.objects.exists()


def test_without_a_list_of_domains_every_domain_is_let_in(client, sign_in, knows, settings):
    settings.ALLOWED_EMAIL_DOMAINS = []
    knows("s-9", email="nina@example.org", email_verified=True)
    sign_in("s-9")
    assert signed_in(client).email == "nina@example.org"


def test_an_account_that_is_switched_off_is_refused(client, sign_in, knows, jon):
    knows("s-10", email="jon@example.com", email_verified=True)
    User.objects.filter(pk=jon.pk).update(is_active=False)
    assert "switched off" in refusal(client, sign_in("s-10"))
    assert not UserSocialAuth.objects.exists()


def test_an_account_that_is_switched_off_later_is_refused(client, sign_in, knows, jon):
    knows("s-11", email="jon@example.com", email_verified=True)
    sign_in("s-11")
    client.logout()
    User.objects.filter(pk=jon.pk).update(is_active=False)
    assert "switched off" in refusal(client, sign_in("s-11"))


def test_no_token_of_the_provider_is_kept(sign_in, knows):
    knows("s-12", email="nina@example.com", email_verified=True)
    sign_in("s-12")
    assert UserSocialAuth.objects.get().extra_data == {}


def test_somebody_who_is_signed_in_cannot_take_another_persons_sign_in(client, sign_in, knows, adam):
    client.force_login(adam)
    knows("s-13", email="nina@example.com", email_verified=True)
    answer = sign_in("s-13")
    assert answer["Location"] == reverse("login")
    assert signed_in(client) == adam
    assert not UserSocialAuth.objects.exists()


def test_a_sign_in_that_was_cancelled_is_said(client, sign_in, knows):
    knows("s-14", email="nina@example.com", email_verified=True)
    assert refusal(client, sign_in("s-14", action="deny")) == "The sign-in was cancelled."


def test_a_sign_in_begun_in_another_browser_is_refused(client, sign_in, knows, settings):
    begun = client.post(reverse("social:begin", args=["oidc"]))
    state = parse_qs(urlsplit(begun["Location"]).query)["state"][0]
    client.cookies.clear()
    answer = client.get(reverse("social:complete", args=["oidc"]), {"state": state, "code": "made-up"})
    assert "took too long, or was started in another window" in refusal(client, answer)


def test_a_provider_that_does_not_answer_is_said(client, settings):
    settings.SOCIAL_AUTH_OIDC_OIDC_ENDPOINT = "http://127.0.0.1:9"
    answer = client.post(reverse("social:begin", args=["oidc"]))
    assert "did not answer" in refusal(client, answer)


def test_pkce_state_and_a_nonce_are_sent(client):
    begun = client.post(reverse("social:begin", args=["oidc"]))
    sent = parse_qs(urlsplit(begun["Location"]).query)
    assert sent["code_challenge_method"] == ["S256"]
    assert {"state", "nonce", "code_challenge"} <= set(sent)
    assert sent["redirect_uri"] == ["http://testserver/sso/oidc/done/"]


def test_it_leads_nowhere_else(client, sign_in, knows):
    knows("s-15", email="nina@example.com", email_verified=True)
    assert sign_in("s-15", onward="https://elsewhere.example/")["Location"] == reverse("home")


def test_to_begin_is_a_post_with_a_token(client):
    assert client.get(reverse("social:begin", args=["oidc"])).status_code == 405


def test_without_a_provider_the_address_does_not_exist(client, settings):
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
    assert client.post(reverse("social:begin", args=["oidc"])).status_code == 404


def test_the_button_is_there_only_with_a_provider(client, settings):
    begin = reverse("social:begin", args=["oidc"])
    assert begin in client.get(reverse("login")).content.decode()
    settings.SIGN_IN_WITH = {}
    assert begin not in client.get(reverse("login")).content.decode()


def test_only_the_sign_in_page_may_lead_to_the_provider(client, provider, jon):
    assert f"form-action 'self' https: {provider};" in client.get(reverse("login"))["Content-Security-Policy"] + ";"
    client.force_login(jon, backend="django.contrib.auth.backends.ModelBackend")
    assert "form-action 'self';" in client.get(reverse("home"))["Content-Security-Policy"] + ";"


def test_known_people_keep_what_they_may_do(client, sign_in, knows):
    olga = factories.admin()
    knows("s-16", email="olga@example.com", email_verified=True)
    sign_in("s-16")
    assert signed_in(client) == olga
    assert signed_in(client).is_admin
