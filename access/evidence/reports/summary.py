"""The lines of a report that matter, as plain figures: for the log, and the letter to the auditors."""

from typing import Any

from access.evidence.reports.tally import Tally, Times


def facts(whole: Tally) -> dict[str, Any]:
    """Counts, and times in seconds; what there was none of is 0, and a time that nothing took is left out."""
    n = whole.counts
    ended = whole.took("end")
    return {
        "requests": n["asked"], "approved": n["approved"], "denied": n["denied"],
        "not_decided": n["lapsed"] + n["withdrawn"], "open": n["open"],
        "fast_track": n["fast_track"], "break_glass": n["break_glass"],
        "not_justified": n["not_justified"], "reviews_open": n["review_open"],
        "ended": ended.counts.total(), "late": n["late"], **_late(ended),
        "not_verified": n["not_verified"], "failed": n["refused"] + n["gone"], "outlived": n["outlived"],
        "unused": n["known"] - n["used"], "known": n["known"],
        "found": sum(count for name, count in n.items() if name.startswith("found_")),
        "listed": n["listed_standing"] + n["listed_outside"],
    }  # fmt: skip


def _late(ended: Times) -> dict[str, float]:
    found = {"late_p50": ended.percentile(50), "late_p99": ended.percentile(99)}
    return {**{name: seconds for name, seconds in found.items() if seconds is not None}, "late_max": ended.longest}
