"""Texts that would act on a terminal or in a document, and how to see that they did not."""

import re
import unicodedata

from cbrctl.sandbox import Cloud
from cbrctl.sandbox.inventory import Resource
from cbrctl.sandbox.seed import VAULT_BE94
from tests.support import cbr
from tests.support.program import Result

BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
HOSTILE = (
    "a\x1b[35;5mb\x1b]8;;http://evil\x1b\\c\x1b]52;c;ZXZpbA==\x07d\x9b31me\x90q\x85\x08\x00f\r\ng\th[/foo][red]x[/red]"
    + "[link=http://evil]{id}{0}%s\u2028\u200b\u00ad\U000e0041"
    + BIDI
)
"""A name that tries to move the cursor, to ring, to hide, to turn round, to be markup and to be a format."""


def hostile_cloud(cloud: Cloud) -> Cloud:
    """Make all texts of the practice cloud hostile: one vault, three resources that end well, badly and skipped."""
    good = Resource(HOSTILE, cbr.SERVER)
    failing = Resource("fails " + HOSTILE, fail=("BackupService.8300", HOSTILE))
    skipped = Resource("skipped " + HOSTILE, skip=("BackupService.7101", HOSTILE))
    vault = cloud.vaults[VAULT_BE94]
    vault.name, vault.description, vault.tags = HOSTILE, HOSTILE, {HOSTILE: HOSTILE}
    vault.resources = [good, failing, skipped]
    for checkpoint in cloud.checkpoints.values():
        checkpoint.name = checkpoint.description = HOSTILE
        for run in checkpoint.runs:
            run.resource = Resource(HOSTILE, run.resource.id, fail=("BackupService.8300", HOSTILE))
    return cloud


def assert_inert(text: str) -> None:
    """No control but line ends and no bidi character, and no surrogate, in what a reader gets."""
    assert not [c for c in text.replace("\n", "") if unicodedata.category(c) in ("Cc", "Cs") or c in BIDI]


OURS = re.compile(r"\x1b\[(\?25[lh]|2K|1A|\d*(;\d+)*m)|\r")
"""What our own progress sends: cursor, a cleared line, a line up, colours, the line's beginning."""


def assert_harmless(result: Result) -> None:
    """Nothing of the data acts: what is not ours among the escapes is text."""
    assert result.code in (0, 2, 3, 4, 10, 13), result.err
    for text in (result.out, OURS.sub("", result.err)):
        assert not set(text) & set(map(chr, (*range(10), *range(11, 32), *range(0x7F, 0xA0)))), text
        assert not set(text) & set("\u202e\u2066\u2028\u200b\u061c"), text
    assert "\x1b[35;5m" not in result.err
    assert "internal" not in result.err
