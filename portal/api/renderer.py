"""Answers as JSON, times with all their digits, so that the hash of an event can be computed from its answer."""

from datetime import UTC, datetime
from typing import Any, Final

from ninja.renderers import JSONRenderer
from ninja.responses import NinjaJSONEncoder


class Encoder(NinjaJSONEncoder):
    def default(self, o: Any) -> Any:
        if isinstance(o, datetime):
            return o.astimezone(UTC).isoformat().replace("+00:00", "Z")
        return super().default(o)


class Renderer(JSONRenderer):
    encoder_class = Encoder


RENDERER: Final = Renderer()
