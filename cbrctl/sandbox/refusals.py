"""Every way in which the practice cloud says no, each in the body shape of the layer that would say it.

    Refusal
    ├── ServiceRefusal     CBR itself: {"error_code": "BackupService.NNNN", "error_msg": ..}
    ├── MalformedUrl       CBR, for an id that is none: 401 {"unauthorized": ..}
    ├── GatewayRefusal     the API gateway: {"error_msg": .., "error_code": "APIGW.NNNN", "request_id": ..}
    ├── IdentityRefusal    IAM v3: {"error": {"code": 401, "message": .., "title": ..}}
    └── LegacyRefusal      IAM v3.0: {"error_msg": .., "error_code": "IAM.NNNN"}

Shapes from service.md section 7.1.
"""

from typing import Any

from cbrctl.sandbox.texts import SERVICE_ERRORS, find_text

TITLES = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found"}


class Refusal(Exception):
    """A request that gets an error answer: its HTTP status and, from `describe`, its body."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status

    def describe(self, english: bool, code_prefix: str, request_id: str) -> dict[str, Any]:
        """The JSON body in the caller's language."""
        raise NotImplementedError


class ServiceRefusal(Refusal):
    """CBR refuses with one of its codes (given bare, as in "6105"); `detail` is added to the table's text."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(SERVICE_ERRORS[code][0])
        self.code = code
        self.detail = detail

    def describe(self, english: bool, code_prefix: str, request_id: str) -> dict[str, Any]:
        """The service's body; the code carries `code_prefix`."""
        text = find_text(self.code, english)
        message = f"{text} {self.detail}" if self.detail else text
        return {"error_code": f"{code_prefix}{self.code}", "error_msg": message}


class MalformedUrl(Refusal):
    """An id in the path is not one. Real: a 401 that is no login problem (service.md section 2)."""

    def __init__(self) -> None:
        super().__init__(401)

    def describe(self, english: bool, code_prefix: str, request_id: str) -> dict[str, Any]:
        """The body, the same in every language."""
        return {"unauthorized": {"code": "401", "message": "Malformed request url"}}


class GatewayRefusal(Refusal):
    """The gateway refuses before the service is reached; `code` as in "APIGW.0301"."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(status)
        self.code = code
        self.message = message

    def describe(self, english: bool, code_prefix: str, request_id: str) -> dict[str, Any]:
        """The gateway's body; always English."""
        return {"error_msg": self.message, "error_code": self.code, "request_id": request_id}


class IdentityRefusal(Refusal):
    """IAM v3 refuses; the message never holds anything that was sent."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(status)
        self.message = message

    def describe(self, english: bool, code_prefix: str, request_id: str) -> dict[str, Any]:
        """The identity service's body; always English."""
        return {"error": {"code": self.status, "message": self.message, "title": TITLES[self.status]}}


class LegacyRefusal(Refusal):
    """IAM v3.0 (temporary keys) refuses; `code` as in "IAM.0011"."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(status)
        self.code = code
        self.message = message

    def describe(self, english: bool, code_prefix: str, request_id: str) -> dict[str, Any]:
        """The body of the v3.0 interface."""
        return {"error_msg": self.message, "error_code": self.code}


def refuse_credentials(reason: str) -> GatewayRefusal:
    """The gateway's 401 for a missing, void or wrong token or signature."""
    return GatewayRefusal(401, "APIGW.0301", f"Incorrect IAM authentication information: {reason}")
