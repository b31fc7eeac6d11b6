"""Fast-track rules as pure functions: a refusal wins, nothing applies by half, and doubt never helps."""

from datetime import UTC, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from access.core.hours import Hours
from access.policy.fast_track.rules import (
    Answer,
    Effect,
    Facts,
    Held,
    InGroup,
    OnCall,
    Risk,
    RiskAtLeast,
    RiskAtMost,
    Rule,
    WithinHours,
    applies,
    judge,
    undecided,
)

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
OFFICE = Hours("UTC", frozenset(range(5)), time(9), time(17))

RISKS = st.sampled_from(list(Risk))
CONDITIONS = st.one_of(
    st.builds(InGroup, st.integers(1, 3), st.just("G"), st.booleans()),
    st.builds(OnCall, st.integers(1, 3), st.just("S"), st.just("UTC"), st.just(""), st.booleans()),
    st.builds(Held, st.integers(1, 3), st.integers(1, 30)),
    st.builds(RiskAtMost, RISKS),
    st.builds(RiskAtLeast, RISKS),
    st.builds(WithinHours, st.just(OFFICE), st.just("Office"), st.booleans()),
)
RULES = st.lists(
    st.builds(Rule, st.sampled_from(list(Effect)), st.just("because"), st.lists(CONDITIONS, max_size=3).map(tuple)),
    max_size=6,
)
ANSWERS = st.sampled_from([Answer(True), Answer(False), Answer(None)])
FACTS = st.builds(
    Facts,
    now=st.integers(0, 24 * 14).map(lambda hour: NOW + timedelta(hours=hour)),
    groups=st.frozensets(st.integers(1, 3)),
    on_call=st.dictionaries(st.integers(1, 3), ANSWERS),
    held=st.lists(st.integers(0, 40).map(lambda days: NOW - timedelta(days=days)), max_size=4).map(tuple),
    risk=RISKS,
)


@given(RULES, FACTS, st.randoms(use_true_random=False))
def test_a_rule_that_refuses_wins_in_whatever_order(rules, facts, random):
    refused = any(one.effect is Effect.DENY and applies(one, facts) for one in rules)
    random.shuffle(rules)
    found = judge(rules, facts)
    assert (found is not None and not found.is_approval) == refused


@given(RULES, FACTS)
def test_nothing_is_approved_unless_every_condition_of_one_rule_is_known_to_hold(rules, facts):
    found = judge(rules, facts)
    if found is not None and found.is_approval:
        assert found.rule.conditions
        assert all(one.holds(facts).holds is True for one in found.rule.conditions)
        assert found.rule is rules[found.number - 1]
        assert not any(one.effect is Effect.APPROVE and applies(one, facts) for one in rules[: found.number - 1])


@given(RULES, FACTS)
def test_without_leave_to_approve_no_rule_approves(rules, facts):
    found = judge(rules, facts, may_approve=False)
    assert found is None or not found.is_approval


@given(RULES, FACTS)
def test_more_doubt_never_opens_anything(rules, facts):
    in_doubt = Facts(facts.now, facts.groups, dict.fromkeys(range(1, 4), Answer(None)), facts.held, facts.risk)
    sure, unsure = judge(rules, facts), judge(rules, in_doubt)
    if unsure is not None and unsure.is_approval:
        assert not any(isinstance(one, OnCall) for one in unsure.rule.conditions)
    if sure is not None and not sure.is_approval:
        assert unsure is not None
        assert not unsure.is_approval


def test_a_rule_without_conditions_never_applies():
    facts = Facts(NOW, (), {}, (), Risk.LOW)
    assert judge([Rule(Effect.APPROVE, "all", ()), Rule(Effect.DENY, "all", ())], facts) is None


def test_what_has_been_held_counts_within_the_days_only():
    held = [NOW - timedelta(days=7), NOW - timedelta(days=7, seconds=1), NOW - timedelta(days=1)]
    facts = Facts(NOW, (), {}, held, Risk.LOW)
    assert Held(2, 7).holds(facts) == Answer(True, count=2)
    assert Held(3, 7).holds(facts) == Answer(False, count=2)


def test_it_tells_what_would_apply_if_somebody_could_tell():
    on_call, member = OnCall(1, "Pager", "UTC", "PagerDuty"), InGroup(1, "G")
    unread = Answer(None, unread_since=NOW)
    facts = Facts(NOW, {1}, {1: unread}, (), Risk.LOW)
    both = Rule(Effect.APPROVE, "both", (member, on_call))
    no_member = Rule(Effect.APPROVE, "no", (InGroup(2, "H"), on_call))
    assert undecided([both, no_member], facts) == [(both, on_call, unread)]
