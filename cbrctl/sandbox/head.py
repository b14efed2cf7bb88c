"""Reads the head of a request. The standard library makes a mail of it, which takes longer than most answers do."""

from io import BufferedIOBase

MAX_LINE_BYTES = 65536
MAX_FIELDS = 100


class BadHead(Exception):
    """A head that is none, and the HTTP status that says so."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def read_fields(stream: BufferedIOBase) -> dict[str, str]:
    """The header fields up to the empty line, names in lower case; of a repeated one the last.

    Raises BadHead: 431 for more or longer lines than anybody sends, 400 for what is no field (or a folded one, as HTTP no
    longer has) and for two lengths of one body.
    """
    fields: dict[str, str] = {}
    for _ in range(MAX_FIELDS + 1):
        line = stream.readline(MAX_LINE_BYTES + 1)
        if len(line) > MAX_LINE_BYTES:
            raise BadHead(431)
        if line in (b"\r\n", b"\n", b""):
            return fields
        name, colon, value = line.decode("latin-1").partition(":")
        name, value = name.lower(), value.strip()
        if not colon or not name or name.split() != [name]:
            raise BadHead(400)
        if name == "content-length" and fields.get(name, value) != value:
            raise BadHead(400)
        fields[name] = value
    raise BadHead(431)


def stays_open(version: str, fields: dict[str, str]) -> bool:
    """Whether a client of this HTTP version wants to send more on the connection."""
    wanted = fields.get("connection", "").lower()
    return wanted == "keep-alive" or (wanted != "close" and version != "HTTP/1.0")
