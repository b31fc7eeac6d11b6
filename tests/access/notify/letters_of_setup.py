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
    ("unannounced", "trouble", {"place": "C1", "text": "It is gone.", "fallback": "C2"},
     "Requests can't be announced in Slack: C1", "Used instead: C2."),
]  # fmt: skip
