"""Who gets what at each address. One letter for each person:

R asked for it, N asks elsewhere, A decides it, O decides elsewhere, U audits, S is staff without rights, X is an admin,
B is a bot, which only has a token. A large letter is let through; a small one sees it and may not (403); for everybody
else it does not exist (404, in the same words), or is not theirs to open (403, where the address names nothing).
`all` is whoever has signed in, `-` a method that is not taken, `*` everybody, signed in or not, `none` nobody: nothing
is set up behind it here.
"""

import re

ROWS = """
                                                 GET       POST
/                                                all       -
/next/                                           all       -
/setup/                                          X         -
/setup/connect/                                  X         X
/setup/connect/organization/                     -         X
/setup/connect/read/                             -         X
/setup/sign-in/                                  X         -
/setup/sign-in/<slug:backend>/                   -         X
/setup/roles/                                    X         X
/setup/people/                                   X         X
/setup/first-access/                             X         -
/setup/test-message/                             -         X
/ask/                                            all       RNAOSX
/ask/break-glass/challenge/                      -         RNAOSX
/ask/break-glass/                                all       RNAOSX
/search/                                         all       -
/requests/                                       all       -
/requests/<slug:ref>/                            RAUX      -
/requests/<slug:ref>/evidence/                   AUXr      -
/requests/<slug:ref>/approve/                    -         Arx
/requests/<slug:ref>/challenge/                  -         Arx
/requests/<slug:ref>/row/                        RAUX      -
/requests/<slug:ref>/deny/                       -         Arx
/requests/<slug:ref>/withdraw/                   -         Rax
/requests/<slug:ref>/remind/                     -         Rax
/requests/<slug:ref>/write-off/                  -         RAX
/requests/<slug:ref>/sign-off/                   -         RAX
/requests/<slug:ref>/comment/                    -         RAX
/requests/<slug:ref>/lift/                       -         RAX
/review/                                         all       -
/review/news/                                    all       -
/review/urgent/                                  all       -
/review/together/                                all       RNAOSX
/review/afterwards/                              all       -
/active/                                         all       -
/grants/<slug:ref>/extend/                       -         Rax
/grants/<slug:ref>/end/                          RAXu      RAX
/grants/<slug:ref>/try/                          -         RAXu
/targets/<slug:name>/end/                        RAXu      RAX
/people/<int:pk>/                                RAUX      -
/targets/<slug:name>/                            all       -
/findings/                                       UX        -
/findings/<int:pk>/accept/                       Xu        X
/findings/<int:pk>/take-out/                     -         X
/access-reviews/                                 all       -
/access-reviews/start/                           Xu        X
/access-reviews/<slug:ref>/                      AOUX      -
/access-reviews/<slug:ref>/decide/               -         AOX
/access-reviews/<slug:ref>/sign-off/             -         Xao
/access-reviews/<slug:ref>/cancel/               -         Xao
/access-reviews/<slug:ref>/evidence/             UXao      -
/reports/                                        UX        -
/audit/                                          UX        -
/audit/state/                                    UX        -
/audit/verify/                                   -         UX
/audit/export/                                   UX        -
/audit/evidence/                                 UX        -
/audit/verify_audit.py                           UX        -
/account/                                        all       RNAOSX
/account/keys/                                   -         RNAOUSX
/account/tokens/                                 all       RNAOSX
/account/tokens/<slug:ref>/revoke/               -         RX
/account/tokens/<slug:ref>/confirm/              -         rx
/account/passkeys/                               all       RNAOUSX
/account/passkeys/options/                       -         RNAOUSX
/account/passkeys/<int:pk>/remove/               -         AX
/account/passkeys/<int:pk>/rename/               -         Ax
/account/passkeys/<int:pk>/confirm/              -         Xa
/account/touch/                                  X         X
/account/touch/options/                          -         X
/account/away/                                   all       RNAOSX
/account/away/<int:pk>/accept/                   -         ax
/account/away/<int:pk>/end/                      -         AX
/unsubscribe/<str:token>/                        none      none
/invitation/<int:pk>/<slug:token>/               none      none
/help/                                           all       -
/help/<slug:name>/                               all       -
/login/                                          *         *
/login/passkey/                                  *         *
/login/passkey/options/                          -         *
/login/device/                                   all       RNAOSX
/login/device/code/                              -         *
/login/device/token/                             -         *
/login/demo/                                     -         none
/logout/                                         -         *
/sso/saml/metadata/                              none      -
/sso/<str:backend>/                              -         none
/sso/<str:backend>/done/                         none      none
/problems/                                       *         -
/healthz                                         *         -
/healthcheck                                     *         -
/readyz                                          *         -
/metrics                                         *         -
/slack/command/                                  -         none
/slack/interactive/                              -         none
/slack/options/                                  -         none
/slack/events/                                   -         none
/api/v1/openapi.json                             *         *
/api/v1/me                                       all       -
/api/v1/flows                                    all       -
/api/v1/targets                                  all       -
/api/v1/requests                                 all       all
/api/v1/requests/<slug:ref>                      RAUX      -
/api/v1/requests/<slug:ref>/approve              -         Arux
/api/v1/requests/<slug:ref>/deny                 -         Arux
/api/v1/requests/<slug:ref>/withdraw             -         Raux
/api/v1/grants                                   all       -
/api/v1/grants/<slug:ref>                        RAUX      -
/api/v1/grants/<slug:ref>/end                    -         RAXu
/api/v1/grants/<slug:ref>/extend                 -         Raux
/api/v1/access-reviews                           all       -
/api/v1/access-reviews/<slug:ref>                AOUX      -
/api/v1/access-reviews/<slug:ref>/rows           AOUX      -
/api/v1/audit                                    UX        -
/api/v1/evidence                                 UX        -
/api/v1/config/<type>                            X         -
/api/v1/config/dry-run                           -         all
/api/v1/config/<type>/<slug:name>                X         -
/scim/v2                                         B         -
/scim/v2/<path:rest>                             B         B
/admin/                                          SUX       SX
/admin/search/                                   SUX       SX
/admin/lookup/roles/                             UX        -
/admin/lookup/accounts/                          UX        -
/admin/letters/                                  X         -
/admin/letters/<slug:slug>/                      X         -
/admin/letters/<slug:slug>/html/                 X         -
/admin/login/                                    SUX       SUX
/admin/logout/                                   -         SUX
/admin/password_change/                          SUX       SUX
/admin/password_change/done/                     SUX       -
/admin/autocomplete/                             xu        -
/admin/jsi18n/                                   SUX       -
/admin/access/integration/<int:pk>/test/         -         X
/admin/access/integration/<int:pk>/sync/         -         X
/admin/access/flow/add/who/                      -         X
/admin/access/flow/<int:pk>/who/                 -         X
/admin/access/usermapping/<int:pk>/match/        -         X
/admin/access/usermapping/export/                UX        -
/admin/access/usermapping/import/                X         X
/admin/access/usermapping/apply/                 -         X
/admin/access/user/<int:pk>/invite/              -         X
/admin/access/user/<int:pk>/invite-by-mail/      -         X
/admin/access/user/<int:pk>/erase/               X         X
/admin/access/proposal/<int:pk>/again/           X         -
/admin/access/proposal/<int:pk>/confirm/         -         X
/admin/access/proposal/<int:pk>/decline/         -         X
/admin/access/webhook/<int:pk>/secret/           -         X
/admin/access/webhook/<int:pk>/test/             -         X
/admin/access/webhook/<int:pk>/replay/           -         X
"""
# Django's own, of which nothing is ours, and what redirects to another address.
LEFT_TO_DJANGO = re.compile(
    r"/api/v1/$|/admin/r/|/admin/\^|/admin/\(|/admin/access/\w+/(add/|<path:object_id>/(history/|delete/|change/)?)?$"
)


def rows() -> dict[str, tuple[str, str]]:
    """By the address: who is let through with a GET, and with a POST."""
    lines = [line.split() for line in ROWS.strip().splitlines()[1:]]
    return {address: (get, post) for address, get, post in lines}
