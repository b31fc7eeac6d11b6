import re

import requests

from tests.integrations.aptible.simulator.conftest import ADAM, JON, error_of


def shown(simulator) -> str:
    return requests.get(simulator.url, timeout=10).text


def role_card(page: str, role: str) -> str:
    return str(next(card for card in re.findall(r"<section.*?</section>", page) if f"<h3>{role}</h3>" in card))


def test_the_page_shows_who_is_in_which_role_right_now(simulator):
    before = role_card(shown(simulator), "Prod")
    simulator.add_member("Prod", JON)
    after = role_card(shown(simulator), "Prod")

    assert ADAM in before
    assert JON not in before
    assert JON in after
    assert "In since <time" in after


def test_the_page_tells_the_last_changes_and_who_made_them(simulator, bot):
    assert "Nothing has changed since the start." in shown(simulator)

    bot.add("Prod", bot.person_url(JON))
    simulator.remove_member("Prod", JON)

    page = shown(simulator)
    assert f"{JON} entered Prod, by bot@example.com." in page
    assert f"{JON} left Prod, by hand." in page
    assert page.index("left Prod") < page.index("entered Prod")


def test_the_page_shows_what_is_broken_on_purpose(simulator):
    assert "Broken on purpose" not in shown(simulator)

    simulator.fail(502, times=3, method="POST")
    simulator.delay(250)
    simulator.enforce_sso(True)

    page = shown(simulator)
    for words in ("status 502 on POST call, 3 more", "delay 250 ms on every call", "sso_enforced is on"):
        assert words in page


def test_names_are_text_and_never_markup(simulator):
    simulator.add_role("<script>alert(1)</script>", "Example Health")
    simulator.add_person("x@example.com", "<b>X</b>", ["Everyone"])

    page = shown(simulator)

    assert "<b>X" not in page
    assert page.count("<script") == 1


def test_the_page_may_load_nothing_but_its_own_files(simulator):
    answer = requests.get(simulator.url, timeout=10)

    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    assert re.findall(r'(?:src|href)="([^"]+)"', answer.text) == ["/page.css", "/page.js"]
    for path, media_type in (("/page.css", "text/css"), ("/page.js", "text/javascript")):
        part = requests.get(simulator.url + path, timeout=10)
        assert part.headers["Content-Type"].startswith(media_type)
        assert "http" not in part.text


def test_the_page_is_for_reading(simulator):
    assert error_of(requests.post(simulator.url, timeout=10)) == (405, "method_not_allowed")
    assert error_of(requests.get(simulator.url + "/server.py", timeout=10)) == (404, "not_found")
    assert requests.get(simulator.url + "/favicon.ico", timeout=10).status_code == 204
