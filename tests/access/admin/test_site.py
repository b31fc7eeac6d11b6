"""The admin's site: who gets in, what is there to be seen, and how far the browser's policy is loosened."""

from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.admin import site as default_site
from django.contrib.auth.models import Permission
from django.urls import reverse

from access.admin import site
from access.models import AuditEvent, DirectoryRole
from tests import factories
from tests.access.admin import pages

pytestmark = pytest.mark.django_db

SET_UP = (
    "secret", "integration", "target", "strategy", "flow", "schedule", "workinghours", "webhook", "group", "user",
    "usermapping",
)  # fmt: skip
REGISTERS = ("accessrequest", "decision", "afterreview", "grant", "auditevent", "notification", "proposal", "worker")


@pytest.fixture
def staff(db):
    """May open the admin, and see nothing there."""
    return factories.person("stella", is_staff=True)


def allow(user, *codenames: str):
    user.user_permissions.add(*Permission.objects.filter(codename__in=codenames))


def addresses() -> list[str]:
    lists = [pages.of_list(model) for model in (*SET_UP, *REGISTERS)]
    own = ["index", "roles", "accounts", "autocomplete", "password_change", "jsi18n", "search"]
    return lists + [reverse(f"admin:{name}") for name in own]


def test_every_page_leads_somebody_who_is_not_signed_in_to_the_portals_sign_in(client):
    for address in addresses():
        response = client.get(address, follow=True)
        last, _status = response.redirect_chain[-1]
        assert last.startswith(reverse("login") + "?next="), address


def test_the_sign_in_leads_back_to_the_page(client):
    response = client.get(pages.of_list("flow"), follow=True)
    assert response.redirect_chain[-1][0] == f"{reverse('login')}?next={pages.of_list('flow')}"


def test_every_page_turns_somebody_away_who_may_not_open_the_admin(client, jon):
    client.force_login(jon)
    for address in [*addresses(), reverse("admin:login")]:
        response = client.get(address)
        assert response.status_code == 403, address
        assert "Only people who may open the admin" in response.content.decode()


def test_somebody_who_is_signed_in_already_is_led_from_the_sign_in_to_the_start(client, olga):
    client.force_login(olga)
    assert client.get(reverse("admin:login")).url == reverse("admin:index")


def test_staff_without_permissions_see_no_table(client, staff, flow):
    client.force_login(staff)
    for model in (*SET_UP, *REGISTERS):
        assert client.get(pages.of_list(model)).status_code == 403
    start = client.get(reverse("admin:index")).content.decode()
    assert pages.of_list("flow") not in start


def test_staff_see_and_change_what_they_are_allowed_and_nothing_else(client, staff, flow):
    allow(staff, "view_flow", "view_auditevent", "change_auditevent", "delete_grant")
    client.force_login(staff)

    assert client.get(pages.of_list("flow")).status_code == 200
    assert client.post(pages.of(flow), pages.typed(flow, label="Mine")).status_code == 403
    assert client.get(pages.of_list("auditevent")).status_code == 200
    assert client.get(pages.of_list("grant")).status_code == 403
    start = client.get(reverse("admin:index")).content.decode()
    assert pages.of_list("flow") in start
    assert pages.of_list("secret") not in start


def test_only_the_products_own_tables_are_there(client, olga):
    labels = {model._meta.label for model in site._registry}
    assert labels == {f"access.{name}" for name in labels_of((*SET_UP, *REGISTERS, "delegation", "proposal"))}
    # The stored tasks are pickles: a page that shows one would run what is in it.
    import_module("django_q.admin")
    assert any(model._meta.app_label == "django_q" for model in default_site._registry)
    client.force_login(olga)
    for address in ("/admin/django_q/success/", "/admin/social_django/usersocialauth/", "/admin/auth/group/"):
        assert client.get(address).status_code == 404


def labels_of(names):
    return {apps.get_model("access", name).__name__ for name in names}


def test_the_start_page_has_the_groups_and_the_way_back(client, olga):
    client.force_login(olga)
    page = client.get(reverse("admin:index")).content.decode()
    for text in ("Set-up", "People", "Records", "Back to the portal", f'href="{reverse("home")}"'):
        assert text in page
    assert client.get("/admin/access/").url == reverse("admin:index")


def test_the_policy_is_loosened_for_the_theme_only_where_the_theme_is(client, olga):
    client.force_login(olga)
    inside = client.get(reverse("admin:index"))["Content-Security-Policy"]
    outside = client.get(reverse("login"))["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-eval'" in inside
    assert "unsafe-inline" not in inside
    assert "unsafe-eval" not in outside


def test_no_page_has_an_inline_style_or_script(client, olga, flow):
    client.force_login(olga)
    for address in (reverse("admin:index"), pages.of(flow), pages.of_list("usermapping"), pages.of_add("user")):
        page = client.get(address).content.decode()
        assert "<style" not in page
        assert " style=" not in page
        assert "<script>" not in page


def test_signing_out_of_the_admin_is_signing_out(client, olga):
    client.force_login(olga)
    assert client.get(reverse("admin:logout")).status_code == 405
    assert client.post(reverse("admin:logout")).url == reverse("login")
    assert "_auth_user_id" not in client.session


def test_one_may_change_ones_own_password_and_the_log_says_so_without_it(client, olga):
    olga.set_password("a-long-old-passphrase")
    olga.save()
    client.force_login(olga)
    new = "a-long-new-passphrase"

    response = client.post(
        reverse("admin:password_change"),
        {"old_password": "a-long-old-passphrase", "new_password1": new, "new_password2": new},
    )

    assert response.status_code == 302
    olga.refresh_from_db()
    assert olga.check_password(new)
    event = AuditEvent.objects.latest("id")
    assert (event.type, event.actor) == ("person.changed", olga.email)
    assert event.data == {"changes": {"password": {"from": "hidden", "to": "hidden"}}}


def test_searching_for_roles_needs_the_permission_to_see_them(client, staff, integration):
    client.force_login(staff)
    assert client.get(reverse("admin:roles")).status_code == 403
    allow(staff, "view_directoryrole")
    assert client.get(reverse("admin:roles")).status_code == 200
    assert client.post(reverse("admin:roles")).status_code == 405


def test_roles_are_found_by_a_part_of_the_name_with_what_is_gone_shown_and_not_to_be_picked(client, olga, now):
    integration = factories.integration()
    DirectoryRole.objects.filter(name="Staging").update(gone_at=now)
    client.force_login(olga)

    found = client.get(reverse("admin:roles"), {"term": "s", "integration": integration.pk}).json()["results"]

    assert [(one["text"], one["disabled"]) for one in found] == [
        ("Account Owners · owner · main-aptible-integration", False),
        ("Staging · platform_user · gone from main-aptible-integration", True),
    ]
    assert client.get(reverse("admin:roles"), {"term": "pro", "integration": "999"}).json()["results"] == []


def test_accounts_are_found_by_email_and_name(client, olga, integration):
    client.force_login(olga)
    for term in ("jon@", "reyes"):
        found = client.get(reverse("admin:accounts"), {"term": term}).json()["results"]
        assert [one["text"] for one in found] == ["Jon Reyes · jon@example.com · main-aptible-integration"]
