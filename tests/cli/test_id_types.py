"""Ids on the command line: one kind each, read after the rest of the line and before anything is looked for."""

import pytest

from cbrctl.cli.id_types import CHECKPOINT, OP, read_given
from cbrctl.errors import UsageError
from tests.support.program import Run

ID = "8b0851a8-adf3-4f4c-a914-dead08bf9664"
OP_ID = "6N7X0K3B1QZ2M4D5F8GHJVRSTW"

REFUSED = {
    "checkpoint show no-id": "no-id is no checkpoint id",
    "copy show no-id": "no-id is no copy id",
    "copy list --checkpoint no-id --since never": "no-id is no checkpoint id",
    "task show no-id": "no-id is no task id",
    f"wait {ID} no-id --on-skip nonsense": "no-id is no checkpoint id",
    "history show no-id": "no-id is no op id",
    f"resume {OP_ID} no-id --on-skip nonsense": "no-id is no op id",
    "backup --vault x --policy-id no-id": "no-id is no policy id",
}
FIRST = {
    "wait no-id --timeout never": "--timeout",
    "wait no-id --nonsense": "no option --nonsense",
    "checkpoint show no-id -o nonsense": "--output",
    "copy show no-id more": "unexpected extra argument",
    "backup --vault x --policy-id no-id --full --incremental": "--incremental and --full",
}


@pytest.mark.parametrize("line", REFUSED)
def test_what_is_no_id_is_told_before_credentials_are_looked_for(line: str, run: Run) -> None:
    result = run(*line.split())
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(f"error: {REFUSED[line]}")


@pytest.mark.parametrize("line", FIRST)
def test_what_else_is_wrong_with_the_line_is_told_before_it(line: str, run: Run) -> None:
    result = run(*line.split())
    assert result.code == 2
    assert FIRST[line] in result.err
    assert "no-id is no" not in result.err


def test_an_id_is_read_into_the_form_in_which_it_is_sent() -> None:
    assert read_given(CHECKPOINT(ID.upper().replace("-", ""))) == ID
    assert read_given((OP(OP_ID.lower()), "as it is", None)) == [OP_ID, "as it is", None]
    assert type(read_given(OP(OP_ID))) is str
    with pytest.raises(UsageError) as refused:
        read_given([CHECKPOINT(ID), CHECKPOINT("x")])
    assert (refused.value.key, refused.value.values["value"]) == ("bad-id", "x")
