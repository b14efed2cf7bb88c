"""The variables of this process: UTF-8 whatever the locale, and without the line end that mounted secrets have."""

import os
import sys
from collections.abc import Iterator, Mapping

FAMILIES = ("CBRCTL_", "HW_", "HUAWEICLOUD_", "OS_")
"""Beginnings of the variables that hold settings and secrets."""


class Environment(Mapping[str, str]):
    """Variables as they are now. `raw` holds them as Python read them, in `encoding`, that of the file system."""

    def __init__(self, raw: Mapping[str, str] = os.environ, encoding: str = sys.getfilesystemencoding()) -> None:
        self._raw = raw
        self._encoding = encoding

    def __getitem__(self, name: str) -> str:
        """Return a value. What is not UTF-8 stands in it as lone surrogates, which nothing sends."""
        value = self._raw[name]
        if self._encoding != "utf-8" and not value.isascii():
            value = value.encode(self._encoding, "surrogateescape").decode("utf-8", "surrogateescape")
        return drop_line_end(value) if name.startswith(FAMILIES) else value

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)


def drop_line_end(text: str) -> str:
    """Return text without one line end at its end: a Kubernetes secret made of a file has one."""
    return text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text


ENVIRON = Environment()
