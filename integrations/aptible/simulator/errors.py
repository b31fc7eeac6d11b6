"""How a call ends when it does not end in an answer of its own."""

from typing import Any


class ApiError(Exception):
    """The call is refused with Aptible's error envelope."""

    def __init__(self, status: int, slug: str, message: str, context: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.slug = slug
        self.message = message
        self.context = context


def not_found() -> ApiError:
    return ApiError(404, "not_found", "Not Found")


def access_denied(message: str = "Access Denied") -> ApiError:
    return ApiError(403, "access_denied", message)


def invalid(message: str) -> ApiError:
    return ApiError(422, "unprocessable_entity", message)
