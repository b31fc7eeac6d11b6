"""What is said of people who decide for others, and of requests that nobody can approve. See test_letters."""

LETTERS = [
    (
        "comment",
        "review",
        {"by": "Rita Moss", "comment": "Which database?"},
        "Rita Moss wrote about Prod for Jon Reyes",
        "Rita Moss wrote about the request of Jon Reyes for Prod. Answer on its page.",
    ),
    (
        "asked",
        "review",
        {"away": "Rita Moss"},
        "Jon Reyes asks for Prod for 1 h",
        "It waits for a decision, and you decide for Rita Moss, who is away.",
    ),
    (
        "stuck",
        "own",
        {"text": "nobody is in Security."},
        "Nobody can approve it any more: Prod for Jon Reyes",
        "The request of Jon Reyes for Prod can no longer be approved: nobody is in Security.",
    ),
    (
        "stand_in",
        "review",
        {
            "outcome": "set",
            "away": "Rita Moss",
            "to": "Adam Novak",
            "starts_at": "2026-01-05T12:00:00+00:00",
            "ends_at": "2026-01-09T12:00:00+00:00",
            "reason": "On holiday.",
        },
        "Adam Novak decides for Rita Moss",
        "Adam Novak decides for Rita Moss from Mon 5 Jan 2026, 12:00 UTC to Fri 9 Jan 2026, 12:00 UTC",
    ),
    (
        "stand_in",
        "review",
        {
            "outcome": "ended",
            "away": "Rita Moss",
            "to": "Adam Novak",
            "starts_at": "2026-01-05T12:00:00+00:00",
            "ends_at": "2026-01-09T12:00:00+00:00",
            "by": "Rita Moss",
        },
        "Adam Novak no longer decides for Rita Moss",
        "Rita Moss ended it:",
    ),
    ("not_begun", "own", {"comment": "It is closed."}, "Your access to Prod did not begin", "It is closed."),
    ("not_begun", "review", {"comment": "Closed."}, "Access of Jon Reyes to Prod did not begin", "asked for again"),
    (
        "proposed",
        "",
        {"outcome": "made", "said": "Olga proposes P-23456.", "ref": "P-23456", "id": "1"},
        "Confirm a change of the set-up: P-23456",
        "It lapses after a week.",
    ),
    ("concerned", "", {"said": "Olga changed it.", "detail": "email: a → b"}, "Olga changed it", "email: a → b"),
]
