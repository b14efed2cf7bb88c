"""What travels: a request that came in, and the answer that goes out."""

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass(frozen=True)
class Request:
    """One HTTP request as received. Header names are lower-case; `target` is the raw path with its query.

    What is read of it is read once: nobody changes it.
    """

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""

    @cached_property
    def path(self) -> str:
        """The path, still percent-encoded."""
        return urlsplit(self.target).path

    @cached_property
    def query_string(self) -> str:
        """The query, still percent-encoded."""
        return urlsplit(self.target).query

    @cached_property
    def segments(self) -> list[str]:
        """The decoded parts of the path; a trailing slash leaves an empty last part."""
        return [unquote(part) for part in self.path.split("/")[1:]]

    @cached_property
    def query(self) -> dict[str, list[str]]:
        """The decoded query: every key with all its values, in order."""
        return parse_qs(self.query_string, keep_blank_values=True)

    @property
    def english(self) -> bool:
        """Whether X-Language asks for English error texts; the Chinese site's default is Chinese."""
        return self.headers.get("x-language", "").lower().startswith("en")

    def read_json(self) -> Any:
        """The parsed body. Raises ValueError where it is not JSON (too deep nesting counts as that)."""
        try:
            return json.loads(self.body)
        except RecursionError:
            raise ValueError("nested too deep") from None


@dataclass(frozen=True)
class Answer:
    """One HTTP answer before it is written to the wire."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def answer_json(status: int, document: Any, headers: dict[str, str] | None = None) -> Answer:
    """An answer with a JSON body, characters outside ASCII written as they are."""
    # A lone surrogate can arrive as \ud800 and cannot leave as UTF-8.
    return Answer(status, json.dumps(document, ensure_ascii=False).encode(errors="replace"), headers or {})
