"""Every address of the portal."""

from django.urls import include, path

from access.admin import site
from portal.api import server as api
from portal.pages import (
    account,
    active,
    ask,
    audit,
    away,
    batch_decision,
    break_glass,
    break_glass_reviews,
    errors,
    extend,
    findings,
    health,
    home,
    invitation,
    login,
    login_provider,
    metrics,
    profiles,
    request,
    requests,
    review,
    tokens,
)
from portal.pages.setup import connect as setup_connect
from portal.pages.setup import people as setup_people
from portal.pages.setup import roles as setup_roles
from portal.pages.setup import steps as setup_steps
from portal.sign_in.login import urls as sign_in_urls
from portal.slack import endpoints as slack

urlpatterns = [
    path("", home.show, name="home"),
    path("setup/", setup_steps.begin, name="setup"),
    path("setup/connect/", setup_connect.show, name="setup-connect"),
    path("setup/connect/organization/", setup_connect.use, name="setup-organization"),
    path("setup/connect/read/", setup_connect.read_again, name="setup-read"),
    path("setup/roles/", setup_roles.show, name="setup-roles"),
    path("setup/people/", setup_people.show, name="setup-people"),
    path("setup/first-access/", setup_steps.first_access, name="setup-ask"),
    path("setup/test-message/", setup_steps.test_mail, name="setup-test-mail"),
    path("ask/", ask.ask, name="ask"),
    path("ask/break-glass/", break_glass.show, name="break-glass"),
    path("requests/", requests.requests, name="requests"),
    path("requests/<slug:ref>/", request.show, name="request"),
    path("requests/<slug:ref>/evidence/", request.evidence, name="request-evidence"),
    path("requests/<slug:ref>/approve/", review.approve, name="approve"),
    path("requests/<slug:ref>/deny/", review.deny, name="deny"),
    path("requests/<slug:ref>/comment/", request.comment, name="request-comment"),
    path("requests/<slug:ref>/withdraw/", request.withdraw, name="request-withdraw"),
    path("requests/<slug:ref>/write-off/", request.write_off, name="request-write-off"),
    path("requests/<slug:ref>/sign-off/", break_glass_reviews.sign_off, name="sign-off"),
    path("requests/<slug:ref>/lift/", break_glass_reviews.lift, name="lift"),
    path("review/", review.review, name="review"),
    path("review/together/", batch_decision.decide, name="decide-together"),
    path("review/afterwards/", break_glass_reviews.show, name="after-reviews"),
    path("active/", active.show, name="active"),
    path("grants/<slug:ref>/extend/", extend.extend, name="grant-extend"),
    path("grants/<slug:ref>/end/", active.end, name="grant-end"),
    path("people/<int:pk>/", profiles.person, name="person"),
    path("targets/<slug:name>/", profiles.target, name="target"),
    path("targets/<slug:name>/end/", active.end_all, name="target-end"),
    path("findings/", findings.show, name="findings"),
    path("findings/<int:pk>/accept/", findings.accept, name="finding-accept"),
    path("findings/<int:pk>/take-out/", findings.take_out_now, name="finding-take-out"),
    path("audit/", audit.show, name="audit"),
    path("audit/state/", audit.state, name="audit-state"),
    path("audit/verify/", audit.verify, name="audit-verify"),
    path("audit/evidence/", audit.evidence, name="audit-evidence"),
    path("audit/export/", audit.whole, name="audit-export"),
    path("audit/verify_audit.py", audit.script, name="audit-script"),
    path("account/", account.show, name="account"),
    path("account/tokens/", tokens.show, name="tokens"),
    path("account/tokens/<slug:ref>/revoke/", tokens.revoke, name="token-revoke"),
    path("account/away/", away.show, name="away"),
    path("account/away/<int:pk>/accept/", away.accept, name="away-accept"),
    path("account/away/<int:pk>/end/", away.end, name="away-end"),
    path("invitation/<int:pk>/<slug:token>/", invitation.show, name="invitation"),
    path("login/", login.show, name="login"),
    path("login/demo/", login.enter_demo, name="login-demo"),
    path("logout/", login.leave, name="logout"),
    path("sso/saml/metadata/", login_provider.saml_metadata, name="saml-metadata"),
    path("", include(sign_in_urls)),
    path("healthz", health.healthz, name="healthz"),
    path("healthcheck", health.healthz, name="healthcheck"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("slack/command/", slack.command, name="slack-command"),
    path("slack/interactive/", slack.interactive, name="slack-interactive"),
    path("slack/options/", slack.options, name="slack-options"),
    path("slack/events/", slack.events, name="slack-events"),
    path("api/v1/", api.urls),
    path("admin/", site.urls),
]

handler400 = errors.bad_request
handler403 = errors.not_allowed
handler404 = errors.not_found
handler500 = errors.broken
