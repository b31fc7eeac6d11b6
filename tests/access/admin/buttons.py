"""Who may press a button on a row's page: the same for every kind of row."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from tests import factories
from tests.access.admin import pages


class WhoMayPress:
    """Tests of each `button` of `model`; who inherits says what `row` is, and parametrizes the buttons."""

    model = ""

    @pytest.fixture
    def row(self):
        raise NotImplementedError

    def test_somebody_who_is_not_signed_in_is_led_to_the_sign_in(self, client, row, button):
        response = client.post(pages.of(row, button))
        assert (response.status_code, response.url.partition("?")[0]) == (302, reverse("login"))

    def test_somebody_else_is_turned_away(self, client, jon, row, button):
        client.force_login(jon)
        assert client.post(pages.of(row, button)).status_code == 403

    def test_staff_who_may_only_look_are_turned_away(self, client, row, button):
        staff = factories.person("stella", is_staff=True)
        staff.user_permissions.add(Permission.objects.get(codename=f"view_{self.model}"))
        client.force_login(staff)
        assert client.post(pages.of(row, button)).status_code == 403
        assert pages.of(row, button) not in client.get(pages.of(row)).content.decode()

    def test_a_link_does_nothing(self, admin, row, button):
        before = list(type(row).objects.values())
        assert admin.get(pages.of(row, button)).status_code == 405
        assert list(type(row).objects.values()) == before

    def test_one_that_does_not_exist_is_not_found(self, admin, button):
        assert admin.post(reverse(f"admin:access_{self.model}_{button}", args=[10**9])).status_code == 404

    def test_a_form_of_another_site_is_refused(self, olga, row, button):
        careful = Client(enforce_csrf_checks=True)
        careful.force_login(olga)
        assert careful.post(pages.of(row, button)).status_code == 403
