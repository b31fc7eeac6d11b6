"""A zip as an answer, which leaves while it is written."""

from collections.abc import Iterable

from django.http import StreamingHttpResponse


def response(name: str, parts: Iterable[bytes]) -> StreamingHttpResponse:
    """Answer with a file of this name, part by part."""
    answer = StreamingHttpResponse(parts, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{name}.zip"'
    answer["Cache-Control"] = "no-store"
    return answer
