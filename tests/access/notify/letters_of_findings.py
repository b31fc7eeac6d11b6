"""What is said of what Aptible shows and nobody did here. See test_letters."""

LETTERS = [
    (
        "gone",
        "own",
        {},
        "You are no longer in Prod",
        "Aptible no longer lists you in Prod, and it was not Usher that took you out.",
    ),
    (
        "gone",
        "",
        {},
        "Gone while active: Prod of Jon Reyes",
        "Aptible no longer lists Jon Reyes in Prod, and Usher did not take them out.",
    ),
    (
        "session",
        "own",
        {"resource": "app api"},
        "Your SSH session on app api still runs",
        "Your access to Prod has ended, and your SSH session on app api still runs at Aptible.",
    ),
    (
        "session",
        "",
        {"resource": "app api"},
        "Jon Reyes still has an SSH session on app api",
        "The access of Jon Reyes to Prod has ended, and an SSH session on app api still runs.",
    ),
    (
        "found_again",
        "own",
        {},
        "Found again after its end: Prod of Jon Reyes",
        "Aptible lists you in Prod, although your access had ended.",
    ),
    (
        "found_again",
        "",
        {},
        "Found again after its end: Prod of Jon Reyes",
        "Usher takes it out again now, and counts it as overdue since it should have ended.",
    ),
]
