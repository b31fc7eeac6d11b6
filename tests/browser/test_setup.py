"""From an empty installation to an open flow by clicking, with and without JavaScript, wide and narrow."""

import pytest
from cryptography.fernet import Fernet
from playwright.sync_api import expect

from access.models import Flow, Target, User
from integrations.aptible.simulator import seed

SCREENS = ("/setup/connect/", "/setup/roles/", "/setup/people/", "/setup/first-access/")


@pytest.fixture
def first_admin(transactional_db, aptible, settings):
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    return User.objects.create_superuser("olga@example.com", name="Olga Brandt")


def walk(page) -> None:
    page.get_by_role("link", name="Begin").click()
    page.get_by_label("E-mail of the bot").fill(seed.BOT)
    page.get_by_label("Password of the bot").fill(seed.PASSWORD)
    page.get_by_role("button", name="Test and keep").click()
    page.get_by_role("button", name="Use this one").click()
    page.get_by_role("checkbox", name="Prod Custom role").check()
    page.get_by_role("button", name="These can be asked for").click()
    page.get_by_role("checkbox", name="Jon Reyes may sign in").check()
    page.get_by_role("checkbox", name="Adam Novak decides").check()
    page.get_by_role("button", name="Open it for requests").click()
    expect(page.get_by_text("Production access is open for requests.")).to_be_visible()


@pytest.mark.parametrize("with_javascript", [True, False])
def test_an_admin_comes_to_an_open_flow_by_clicking(open_browser, first_admin, with_javascript):
    watched = open_browser(first_admin, java_script_enabled=with_javascript)
    walk(watched.open("/"))
    assert Target.objects.get().name == "prod"
    assert Flow.objects.get().is_active
    assert (watched.complaints, watched.strangers) == ([], [])


def test_a_search_keeps_what_was_ticked_and_says_who_could_approve(open_browser, first_admin):
    page = open_browser(first_admin).open("/")
    walk(page)
    page.goto(page.url.replace("first-access", "people"))
    page.get_by_role("checkbox", name="Adam Novak decides").check()
    expect(page.locator("#could-approve")).to_contain_text("Could approve: Adam Novak.")
    page.get_by_label("Search the people").fill("rita")
    expect(page.get_by_text("rita@example.com")).to_be_visible()
    expect(page.get_by_text("jon@example.com")).to_be_hidden()
    expect(page.get_by_role("checkbox", name="Adam Novak decides")).to_be_checked()


def test_everybody_can_use_each_screen(open_browser, first_admin):
    watched = open_browser(first_admin, reduced_motion="reduce")
    wrong = watched.looks_wrong(SCREENS[0])
    walk(watched.open("/"))
    assert [*wrong, *(one for screen in SCREENS for one in watched.looks_wrong(screen))] == []
