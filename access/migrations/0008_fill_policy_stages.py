from django.db import migrations


def fill(apps, schema_editor):
    """Make a stage with one pool of each flow's approvers, and index whom the requests that exist ask."""
    Flow, AccessRequest, Asked = (apps.get_model("access", name) for name in ("Flow", "AccessRequest", "Asked"))
    Stage, Pool = apps.get_model("access", "Stage"), apps.get_model("access", "Pool")
    for flow in Flow.objects.iterator():
        stage = Stage.objects.create(flow=flow, position=1, approvals_needed=max(flow.approvals_needed, 1))
        Pool.objects.create(stage=stage).people.set(flow.approvers.all())
    for request in AccessRequest.objects.iterator():
        opens_at = request.created_at if request.state == "pending" else None
        people = request.approvers.values_list("pk", flat=True)
        Asked.objects.bulk_create(
            [Asked(request=request, stage=0, person_id=pk, opens_at=opens_at) for pk in people]
        )  # fmt: skip


def give_back(apps, schema_editor):
    """Put back what the older tables can say. Refused when they can't: an approval more is never lost silently."""
    Flow, AccessRequest, Asked = (apps.get_model("access", name) for name in ("Flow", "AccessRequest", "Asked"))
    Stage, Pool = apps.get_model("access", "Stage"), apps.get_model("access", "Pool")
    for flow in Flow.objects.iterator():
        stages = [_plain(one, Pool.objects.filter(stage_id=one.pk)) for one in Stage.objects.filter(flow_id=flow.pk)]
        approvers, needed = _only(stages, f"flow {flow.name}") if stages else ([], 1)
        Flow.objects.filter(pk=flow.pk).update(approvals_needed=needed)
        flow.approvers.set(approvers)
    for request in AccessRequest.objects.iterator():
        if request.policy["version"] == 2:
            people, needed = _only(request.policy["stages"], f"request {request.ref}")
            own = request.policy["self_approval"]
            request.policy = {"version": 1, "approvals_needed": needed, "self_approval": own, "approvers": people}
            request.save(update_fields=["policy"])
        people = Asked.objects.filter(request_id=request.pk, person__isnull=False)
        request.approvers.set(set(people.values_list("person", flat=True)))


def _plain(stage, pools):
    plain = [
        {
            "people": [one.pk for one in pool.people.all()],
            "groups": [one.pk for one in pool.groups.all()],
            "managers": pool.managers,
            "after": pool.after,
        }
        for pool in pools
    ]
    return {"needed": stage.approvals_needed, "pools": plain}


def _only(stages, name):
    """The people and the quorum of the only stage."""
    if len(stages) == 1 and len(stages[0]["pools"]) == 1:
        pool = stages[0]["pools"][0]
        if not (pool["groups"] or pool["managers"] or pool["after"]):
            return pool["people"], stages[0]["needed"]
    raise RuntimeError(f"The older tables cannot hold the approval policy of {name}. Restore a backup instead.")


class Migration(migrations.Migration):
    dependencies = [("access", "0007_policy_stages")]
    operations = [migrations.RunPython(fill, give_back)]
