"""Terraform's protocol, with what the library leaves out: a plan that asks the portal, and what is kept privately.

What the portal had after the last apply is kept beside the state, where no diff shows it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from tf.gen import tfplugin_pb2 as protocol
from tf.provider import ProviderServicer, _decode_state, _encode_state
from tf.utils import Diagnostics

_kept: ContextVar[list[str]] = ContextVar("kept")


def applied() -> str:
    """What the portal had of this row after the last apply, as JSON; empty where that is not known."""
    found = _kept.get(None)
    return found[0] if found else ""


def keep(text: str) -> None:
    """Let this be what the portal has of this row."""
    found = _kept.get(None)
    if found is not None:
        found[0] = text


@contextmanager
def private(before: bytes) -> Iterator[list[str]]:
    """Handle one row, of which this was kept."""
    box = [before.decode("utf-8", "replace")]
    token = _kept.set(box)
    try:
        yield box
    finally:
        _kept.reset(token)


class Servicer(ProviderServicer):
    def GetProviderSchema(self, request: Any, context: Any) -> Any:
        made = super().GetProviderSchema(request, context)
        made.server_capabilities.plan_destroy = True
        return made

    def ReadResource(self, request: Any, context: Any) -> Any:
        with private(request.private) as box:
            made = super().ReadResource(request, context)
        made.private = box[0].encode()
        return made

    def PlanResourceChange(self, request: Any, context: Any) -> Any:
        with private(request.prior_private):
            if _is_null(request.proposed_new_state):
                made = protocol.PlanResourceChange.Response(planned_state=request.proposed_new_state)
            else:
                made = super().PlanResourceChange(request, context)
            if not any(one.severity == protocol.Diagnostic.ERROR for one in made.diagnostics):
                self._judge(request, made)
        made.planned_private = request.prior_private
        return made

    def ApplyResourceChange(self, request: Any, context: Any) -> Any:
        with private(request.planned_private) as box:
            made = super().ApplyResourceChange(request, context)
        made.private = box[0].encode()
        return made

    def ImportResourceState(self, request: Any, context: Any) -> Any:
        with private(b"") as box:
            made = super().ImportResourceState(request, context)
        for one in made.imported_resources:
            one.private = box[0].encode()
        return made

    def _judge(self, request: Any, made: Any) -> None:
        """Let the resource say what its apply would be refused for, and how it will be called."""
        attributes, blocks = self._get_res_attrs(request.type_name), self._get_res_blocks(request.type_name)
        told = Diagnostics()
        _encoded, prior = _decode_state(told, attributes, blocks, request.prior_state)
        encoded, planned = _decode_state(told, attributes, blocks, made.planned_state)
        resource = self.app.new_resource(self._get_res_cls(request.type_name))
        judged = resource.judge(told, prior, planned, is_replaced=bool(made.requires_replace))
        if judged is not None and judged != planned:
            made.planned_state.CopyFrom(_encode_state(attributes, blocks, judged, encoded))
        made.diagnostics.extend(told.to_pb())


def _is_null(value: Any) -> bool:
    return bool(value.msgpack == b"\xc0" or value.json == b"null")
