"""Who is on call: by the portal's own schedules, or as PagerDuty has it."""
