"""Who may decide, and when it is enough: properties over all small policies."""

from hypothesis import given
from hypothesis import strategies as st

from access import policy

ids = st.integers(min_value=1, max_value=6)
policies = st.builds(
    policy.Policy,
    approvers=st.lists(ids, unique=True, max_size=5).map(
        lambda chosen: tuple(policy.Approver(one, f"P{one}", f"p{one}@example.com") for one in chosen)
    ),
    approvals_needed=st.integers(min_value=0, max_value=4),
    self_approval=st.booleans(),
)


@given(policies, ids, st.lists(ids, max_size=8))
def test_nothing_is_approved_with_fewer_distinct_eligible_people_than_needed(one, requester, approved_by):
    eligible = {who.id for who in policy.eligible(one, requester_id=requester, active_ids=range(1, 7))}

    met = policy.is_met(one, requester_id=requester, approved_by=approved_by)

    assert met == (len(eligible & set(approved_by)) >= max(1, one.approvals_needed))


@given(policies, ids, st.lists(ids, max_size=8))
def test_the_requesters_own_voice_counts_only_where_the_policy_says_so(one, requester, approved_by):
    without = [who for who in approved_by if who != requester]
    if not one.self_approval:
        assert policy.is_met(one, requester_id=requester, approved_by=approved_by) == policy.is_met(
            one, requester_id=requester, approved_by=without
        )


@given(policies, ids, st.sets(ids))
def test_a_dead_end_is_a_policy_that_all_who_may_decide_cannot_meet(one, requester, active):
    able = [who.id for who in policy.eligible(one, requester_id=requester, active_ids=active)]
    dead = policy.is_dead_end(one, requester_id=requester, active_ids=active)
    assert dead is not policy.is_met(one, requester_id=requester, approved_by=able)


@given(policies)
def test_a_copied_policy_reads_back_the_same(one):
    assert policy.read(one.copied()) == one
