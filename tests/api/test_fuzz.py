"""Answers that nobody would send: whatever stands in them, the client gives a thing, or an error of its own."""

import copy
import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from cbrctl.errors import CbrctlError, Unknown
from tests.support import cbr
from tests.support.caller import REQUEST, Caller
from tests.support.program import Run
from tests.support.scripted import Answer, Scripted

pytestmark = pytest.mark.heavy

WHOLE: dict[str, Any] = {
    cbr.POST: cbr.posted(skipped_resources=[{"id": cbr.SERVER, "code": "BackupService.2002", "reason": "x"}]),
    cbr.SHOW: cbr.shown("available"),
    cbr.COPIES: cbr.copies((cbr.SERVER, "available"), (cbr.SERVER, "error")),
    cbr.TASKS: cbr.tasks((cbr.SERVER, "failed", 50, "BackupService.6203", "x")),
    cbr.VAULTS + "/.+": {
        "vault": {"id": cbr.VAULT, "name": "v", "resources": [cbr.resource()], "billing": {"size": 100}}
    },
}
ASK: dict[str, Callable[[Any], object]] = {
    cbr.POST: lambda client: client.post_checkpoint(REQUEST),
    cbr.SHOW: lambda client: client.show_checkpoint(cbr.CHECKPOINT),
    cbr.COPIES: lambda client: list(client.list_copies(vault_id=cbr.VAULT)),
    cbr.TASKS: lambda client: list(client.list_tasks(vault_id=cbr.VAULT)),
    cbr.VAULTS + "/.+": lambda client: client.show_vault(cbr.VAULT),
}
ODD: list[Any] = [
    None,
    True,
    -1,
    0,
    1e308,
    10**300,
    "",
    "\x00\x1b[2J\u202e",
    "9" * 5000,
    [],
    {},
    [[]],
    {"id": {}},
    [None],
    "NaN",
]
STATUSES = [200, 200, 200, 200, 204, 400, 401, 403, 404, 409, 429, 500, 503]


def spoil(whole: Any, dice: random.Random) -> bytes:
    """Put odd values in odd places, then flip or cut bytes."""
    document = copy.deepcopy(whole)
    for _ in range(dice.randrange(4)):
        node: Any = document
        while isinstance(node, dict | list) and node:
            key = dice.choice(list(node) if isinstance(node, dict) else range(len(node)))
            if not isinstance(node[key], dict | list) or dice.random() < 0.3:
                node[key] = copy.deepcopy(dice.choice(ODD))
                break
            node = node[key]
    data = bytearray(json.dumps(document).encode())
    for _ in range(dice.choice([0, 0, 1, 5])):
        data[dice.randrange(len(data))] = dice.randrange(256)
    return bytes(data[: dice.randrange(len(data))] if dice.random() < 0.1 else data)


@pytest.mark.parametrize("route", WHOLE, ids=["post", "checkpoint", "copies", "tasks", "vault"])
def test_answers_of_the_service(route: str, scripted: Scripted) -> None:
    caller, dice = Caller(scripted.url), random.Random(route)
    caller.client.tries = 1
    for _ in range(400):
        scripted.on(route, Answer(dice.choice(STATUSES), spoil(WHOLE[route], dice)))
        found: object = None
        try:
            found = ASK[route](caller.client)
        except CbrctlError as error:
            found = error
        if route == cbr.POST and isinstance(found, CbrctlError):
            assert isinstance(found, Unknown) or found.sent == "no"
        scripted._rules.clear()


def test_a_run_with_spoilt_answers(scripted: Scripted, run: Run, tmp_path: Any) -> None:
    dice = random.Random(3)
    for number in range(25):
        for route, whole in WHOLE.items():
            scripted.on(route, Answer(dice.choice(STATUSES), spoil(whole, dice)))
        result = run(
            "backup", "--vault", cbr.VAULT, "--run-key", "k", "--settle", "2s", "--timeout", "1m", "-o", "json",
            env={"CBRCTL_STATE_DIR": str(tmp_path / str(number))},
        )  # fmt: skip
        assert "Traceback" not in result.err
        assert result.code in (0, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14), result.err
        assert result.json()["exit_code"] == result.code
        scripted._rules.clear()
