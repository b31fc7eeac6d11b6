"""What Google and GitHub say of an account, and what of it counts."""

import pytest

from tests.portal.sign_in.ways import Way, person_in, refusal

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("configured")]

NOT_VERIFIED = "does not say that your e-mail address is verified"
ORG, TEAM = "user/memberships/orgs/acme", "orgs/acme/teams/on-call/memberships/somebody"


@pytest.fixture
def google(provider, client):
    return Way("google", provider, client)


@pytest.fixture
def github(provider, client):
    return Way("github", provider, client)


@pytest.mark.parametrize(
    ("workspace", "hosted", "email", "sentence"),
    [
        (None, [], "jon@example.com", "not an account of your company's Google Workspace"),
        ("elsewhere.example", [], "jon@example.com", "Google accounts of elsewhere.example may not sign in"),
        ("elsewhere.example", ["example.net"], "jon@example.com", "may not sign in"),
        ("example.net", ["example.net"], "jon@example.com", ""),
        ("example.com", [], "jon@example.com", ""),
        (None, ["gmail.com"], "jon@gmail.com", "not an account of your company's Google Workspace"),
        (None, [], "jon@gmail.com", "Addresses of gmail.com may not sign in here"),
    ],
)
def test_a_google_account_is_of_a_known_workspace(google, settings, workspace, hosted, email, sentence):
    settings.GOOGLE_HOSTED_DOMAINS = hosted
    google.knows(1, email)
    google.provider.signed["hd"] = workspace
    answer = google.sign_in()
    if sentence:
        assert sentence in refusal(google.client, answer)
    else:
        assert person_in(google.client).email == email


def test_a_gmail_address_is_googles_own_where_it_is_allowed(google, settings):
    settings.ALLOWED_EMAIL_DOMAINS = ["gmail.com"]
    google.knows(1, "jon@gmail.com")
    google.provider.signed["hd"] = None
    google.sign_in()
    assert person_in(google.client).email == "jon@gmail.com"


@pytest.mark.parametrize(
    "emails",
    [
        [],
        [{"email": "jon@example.com", "primary": True}],
        [{"email": "jon@example.com", "primary": True, "verified": "true"}],
        [{"email": "jon@example.com", "primary": False, "verified": True}],
        ["jon@example.com"],
    ],
)
def test_only_githubs_own_word_makes_an_address_count(github, jon, emails):
    github.knows(1, "jon@example.com")
    github.provider.github["user"]["email"] = "jon@example.com"
    github.provider.github["user/emails"] = emails
    assert NOT_VERIFIED in refusal(github.client, github.sign_in())


@pytest.mark.parametrize("broken", ["user", "user/emails"])
@pytest.mark.parametrize("said", [None, {"message": "no"}, ["no"], "no"])
def test_a_github_that_talks_nonsense_signs_nobody_in(github, jon, broken, said):
    github.knows(1, "jon@example.com")
    github.provider.github[broken] = said
    assert refusal(github.client, github.sign_in())


@pytest.mark.parametrize(
    ("team", "memberships", "comes_in"),
    [
        ("", {ORG: {"state": "active"}}, True),
        ("", {ORG: {"state": "pending"}}, False),
        ("", {}, False),
        ("on-call", {ORG: {"state": "active"}}, False),
        ("on-call", {ORG: {"state": "active"}, TEAM: {"state": "active"}}, True),
        ("on-call", {ORG: {"state": "active"}, TEAM: {"state": "pending"}}, False),
    ],
)
def test_github_can_be_limited_to_an_organization_or_a_team(github, settings, team, memberships, comes_in):
    settings.GITHUB_ORG, settings.GITHUB_TEAM = "acme", team
    github.knows(1, "jon@example.com")
    github.provider.github |= memberships
    answer = github.sign_in()
    if comes_in:
        assert person_in(github.client).email == "jon@example.com"
    else:
        assert "not in the organization or team" in refusal(github.client, answer)
