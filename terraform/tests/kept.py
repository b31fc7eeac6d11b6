"""A resource as Terraform would hold it, over the provider's own classes."""

from tf.iface import CreateContext, DeleteContext, ImportContext, ReadContext, UpdateContext
from tf.types import Unknown
from tf.utils import Diagnostics
from usher_provider import resource, servicer, values

RESOURCES = {one.type_: one for one in resource.classes()}


class Kept:
    """One resource as Terraform would hold it."""

    def __init__(self, provider, type_, **said):
        self.type, self.one = type_, RESOURCES[type_](provider)
        self.said, self.state, self.private = said, None, ""

    def _context(self, kind, **more):
        self.told = Diagnostics()
        return kind(diagnostics=self.told, type_name=self.type, **more)

    def planned(self, **more):
        self.said |= more
        return values.complete(self.type, self.said)

    def _do(self, do):
        """Do something as Terraform would, which keeps what is private of the row."""
        with servicer.private(self.private.encode()) as box:
            self.state = do()
        self.private = box[0]
        return self

    def create(self):
        planned = {**self.planned(), "id": Unknown}
        return self._do(lambda: self.one.create(self._context(CreateContext), planned))

    def read(self):
        return self._do(lambda: self.one.read(self._context(ReadContext), self.state))

    def update(self, **more):
        planned = {**self.planned(**more), "id": self.state["id"]}
        return self._do(lambda: self.one.update(self._context(UpdateContext), self.state, planned))

    def delete(self):
        return self._do(lambda: self.one.delete(self._context(DeleteContext), self.state))

    def adopt(self, id_):
        return self._do(lambda: self.one.import_(self._context(ImportContext), id_))

    def judge(self, **more):
        """Plan it, and give what is told of it."""
        self.told = Diagnostics()
        planned = {**self.planned(**more), "id": self.state["id"] if self.state else Unknown}
        judged = self.one.judge(self.told, self.state, planned, is_replaced=False)
        assert judged["id"]
        return self.errors

    def judge_removal(self):
        self.told = Diagnostics()
        self.one.judge(self.told, self.state, None, is_replaced=False)
        return self.errors

    @property
    def is_clean(self):
        """Whether a plan would change nothing: what is held is what was said."""
        return {**self.state, "id": None} == {**self.planned(), "id": None}

    @property
    def errors(self):
        return [one.detail for one in self.told.diagnostics if one.severity == "error"]


def target(kept, name="py-db", **more):
    settings = {"role_id": f"Role-{name}", "owner_role_is_meant": "true"}
    said = {"type": "aptible_role", "name": name, "integration_id": "py", "settings": settings, **more}
    return kept("sym_target", **said)


def flow(kept, strategy, **more):
    said = {
        "name": "py-flow", "durations": ["90m", "3600"],
        "params": [{"strategy_id": strategy, "allow_revoke": True, "prompt_field": [
            {"name": "count", "type": "int", "allowed_values": ["1", "2"], "default": "1"},
            {"name": "why", "type": "string", "shown_if": {"field": "count", "values": ["2"]}},
        ]}],
        "stage": [
            {"label": "B", "people": ["RITA@example.com", "adam@example.com"], "needed": 1},
            {"label": "A", "pool": [{"people": ["adam@example.com"]}, {"people": ["olga@example.com"], "after": "1h"}]},
        ],
        "fast_track": [{"reason": "Small.", "risk_at_most": "low"}],
        "break_glass": [{"at_most": "30m"}],
        **more,
    }  # fmt: skip
    return kept("sym_flow", **said)
