"""Times in tables: by the 24-hour clock, to the second, with their zone."""

DATETIME_FORMAT = "j M Y, H:i:s T"
