"""Testing the connection: sentences for the admin, whatever Aptible answers."""

from typing import Any

import pytest
import requests

from tests.integrations.conftest import (
    API,
    AUTH,
    BOT,
    ORGANIZATION,
    OTHER_ROLE,
    ROLE,
    Aptible,
    account,
    collection,
    membership,
    permission,
    role,
    user,
)


def answer_everything(
    aptible: Aptible, *, bot: dict[str, Any] | None = None, held: list[dict[str, Any]] | None = None, **organization
) -> None:
    aptible.get(
        "/organizations", collection("organizations", {"id": ORGANIZATION.upper(), "name": "Acme", **organization})
    )
    aptible.roles(role(), role(OTHER_ROLE, "Deploy Owners", "platform_owner"))
    aptible.get(
        f"/organizations/{ORGANIZATION}/users", collection("users", user(), bot or user(BOT, "bot@example.com"))
    )
    held = [membership(user=BOT, role=OTHER_ROLE)] if held is None else held
    aptible.get(f"/organizations/{ORGANIZATION}/roles/memberships", {"_embedded": {"x": {"memberships": held}}})
    aptible.get("/accounts", collection("accounts", account(1, "prod")), base=API)
    aptible.get("/permissions", collection("permissions", permission(1, 1)), base=API)


def texts(report, *, ok: bool) -> str:
    return "\n".join(finding.text for finding in report.findings if finding.ok is ok)


def test_a_deploy_owner_is_all_good_news(signed_in, provider, now):
    answer_everything(signed_in)
    report = provider.check(now=now)
    assert report.ok
    assert [finding.text for finding in report.findings] == [
        "Signed in to Aptible as bot@example.com.",
        "The organization “Acme” is visible to the bot.",
        "The bot is a Deploy Owner: it can change every role except the Account Owners.",
        "The bot's e-mail address is verified.",
        "1 environment of the organization and its permissions can be read.",
    ]


def test_an_account_owner_can_change_every_role(signed_in, provider, now):
    answer_everything(signed_in)
    signed_in.mock.replace(
        "GET",
        f"{AUTH}/organizations/{ORGANIZATION}/roles",
        json=collection("roles", role(OTHER_ROLE, "Owners", "owner")),
    )
    assert "Account Owner: it can add people to every role" in texts(provider.check(now=now), ok=True)


def test_an_admin_of_single_roles_is_told_which(signed_in, provider, now):
    answer_everything(signed_in, held=[membership(user=BOT.upper(), role=ROLE, privileged=True)])
    report = provider.check(now=now)
    assert report.ok
    assert "an admin of these roles only, and can add people to no other: Prod." in texts(report, ok=True)


@pytest.mark.parametrize("held", [[], [membership(user=BOT)], [membership(role=OTHER_ROLE)]])
def test_a_bot_without_rights_is_told(signed_in, provider, now, held):
    answer_everything(signed_in, held=held)
    assert "it can add nobody" in texts(provider.check(now=now), ok=False)


def test_a_bot_that_is_nobody_in_the_organization_is_told(signed_in, provider, now):
    answer_everything(signed_in, bot=user(OTHER_ROLE, "someone@example.com"))
    assert "not among the people" in texts(provider.check(now=now), ok=False)


def test_the_bot_is_found_by_its_address_without_regard_to_case(aptible, provider, now):
    aptible.allow_sign_in(_links={})
    answer_everything(aptible, bot=user(BOT, "Bot@Example.com"))
    assert provider.check(now=now).ok


def test_an_unverified_address_and_a_second_factor_are_told(signed_in, provider, now):
    answer_everything(signed_in, bot=user(BOT, "bot@example.com", verified=False, otp_enabled=True))
    bad = texts(provider.check(now=now), ok=False)
    assert "not verified" in bad
    assert "Multi-factor authentication is on for the bot." in bad


def test_sso_with_the_bot_let_in_is_a_reminder(signed_in, provider, now):
    answer_everything(signed_in, sso_enforced=True)
    report = provider.check(now=now)
    assert report.ok
    assert "Leave it on the SSO allow list" in texts(report, ok=True)


def test_sso_with_the_bot_locked_out_is_told(signed_in, provider, now):
    signed_in.get("/organizations", collection("organizations"))
    signed_in.get("/reauthenticate_organizations", collection("organizations", {"id": ORGANIZATION}))
    report = provider.check(now=now)
    assert texts(report, ok=True) == "Signed in to Aptible as bot@example.com."
    assert "Put the bot on the organization's SSO allow list." in texts(report, ok=False)


def test_a_wrong_organization_names_the_visible_ones(signed_in, provider, now):
    rows = [{"id": str(number), "name": f"Org {number}"} for number in range(7)]
    signed_in.get("/organizations", collection("organizations", *rows))
    signed_in.get("/reauthenticate_organizations", collection("organizations"))
    bad = texts(provider.check(now=now), ok=False)
    assert "The bot is in: Org 0 (0), Org 1 (1), Org 2 (2), Org 3 (3), Org 4 (4) and 2 more." in bad


def test_no_visible_environment_is_told(signed_in, provider, now):
    answer_everything(signed_in)
    signed_in.mock.replace("GET", f"{API}/accounts", json=collection("accounts", account(1, "prod", OTHER_ROLE)))
    assert "sees no environment" in texts(provider.check(now=now), ok=False)


def test_lists_that_may_not_be_read_are_told_and_the_rest_is_looked_at(aptible, signed_in, provider, now):
    aptible.refuse("GET", f"/organizations/{ORGANIZATION}/users", 403, "access_denied")
    aptible.refuse("GET", "/accounts", 403, "access_denied", base=API)
    answer_everything(aptible)
    bad = texts(provider.check(now=now), ok=False)
    assert "may not read the people and roles" in bad
    assert "may not read environments and permissions" in bad


@pytest.mark.parametrize(
    ("slug", "words"),
    [
        ("invalid_credentials", "does not accept the bot's e-mail and password."),
        (
            "otp_token_required",
            "off for the bot. It will not be tried again by itself before 2026-01-05 13:00 UTC.",
        ),
        (
            "account_locked",
            "for a while. It will not be tried again by itself before 2026-01-05 12:02 UTC.",
        ),
    ],
)
def test_a_refused_sign_in_is_one_sentence_with_when_it_is_tried_again(aptible, provider, now, slug, words):
    aptible.refuse_sign_in(401, slug)
    report = provider.check(now=now)
    assert len(report.findings) == 1
    assert words in report.findings[0].text


@pytest.mark.parametrize("number", range(7))
@pytest.mark.parametrize(
    "answer",
    [
        {"status": 500, "body": ""},
        {"status": 401, "json": {"code": 401, "error": "invalid_token", "message": "Invalid Token"}},
        {"status": 404, "json": {"code": 404, "error": "not_found", "message": "Not Found"}},
        {"status": 200, "body": "<html>"},
        {"status": 200, "json": {"_embedded": {"organizations": [{}], "users": [{}], "roles": [{}], "x": [{}]}}},
        {"status": 302},
        {"body": requests.ReadTimeout("slow")},
    ],
)
def test_no_answer_makes_a_check_raise(signed_in, provider, now, number, answer):
    answer_everything(signed_in)
    method, url = [(one.method, one.url) for one in signed_in.mock.registered()][number]
    signed_in.mock.replace(method, url, **answer)
    report = provider.check(now=now)
    assert not report.ok
    assert all(finding.text.endswith(".") for finding in report.findings)
