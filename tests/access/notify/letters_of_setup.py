"""What is said to the admins of their set-up. See test_letters."""

LETTERS = [
    (
        "attention", "", {"integration": "main-aptible-integration", "text": "The bot's password is wrong."},
        "main-aptible-integration needs attention", "The bot's password is wrong.",
    ),
    (
        "undelivered", "trouble", {"email": "rita@example.com", "text": "The mail server refuses this recipient."},
        "A message to rita@example.com could not be sent", "The mail server refuses this recipient.",
    ),
    ("webhook_disabled", "", {"webhook": "siem", "text": "Gone."}, "The webhook siem was disabled", "Gone."),
    (
        "report", "",
        {"month": "2026-01", "requests": "12", "approved": "9", "denied": "2", "not_decided": "1", "open": "1",
         "fast_track": "3", "break_glass": "1", "reviews_open": "0", "not_justified": "0", "ended": "8", "late": "1",
         "late_p50": "0.31", "late_p99": "75.0", "late_max": "75.2", "failed": "0", "not_verified": "0",
         "outlived": "0", "unused": "3", "known": "5", "found": "2", "listed": "4"},
        "Access in January 2026: 12 requests, 1 late ends",
        "This is what came of the requests that were asked in January 2026 (UTC), as far as it is known now.",
    ),
    ("unannounced", "trouble", {"place": "C1", "text": "It is gone.", "fallback": "C2"},
     "Requests can't be announced in Slack: C1", "Used instead: C2."),
]  # fmt: skip
