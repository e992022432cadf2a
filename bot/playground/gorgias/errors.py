"""The error answers of the API, in Gorgias' documented shape."""

from collections.abc import Mapping

from aiohttp import web


class ApiError(Exception):
    """A refusal; `reasons` names each offending field, in dotted form for nested ones."""

    def __init__(
        self,
        status: int,
        message: str,
        reasons: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.reasons = dict(reasons or {})
        self.headers = dict(headers or {})

    def response(self) -> web.Response:
        data = {field: [reason] for field, reason in self.reasons.items()}
        error = {"msg": self.message, "data": data}
        return web.json_response({"error": error}, status=self.status, headers=self.headers)


def bad_request(**reasons: str) -> ApiError:
    return ApiError(400, "Invalid request.", reasons)


def not_found(what: str) -> ApiError:
    return ApiError(404, f"{what} does not exist.")
