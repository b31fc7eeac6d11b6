"""PagerDuty: who is on call. Read only."""
