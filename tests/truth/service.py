"""The service: it executes what is posted now, later or never, and answers in bytes, truly or not."""

import json
from collections.abc import Mapping
from random import Random
from typing import Any, NamedTuple, Protocol
from urllib.parse import parse_qs, urlsplit
from wsgiref.handlers import format_date_time

from cbrctl.api.transport import BrokenExchange, Reply
from tests.truth import lists, rows
from tests.truth.made import DISK, EPOCH, SERVER, VAULT, Fate, Made, read_marker
from tests.truth.quirks import FRONTS, HEALTHY

LONGEST_MISSING = 55.0
"""Seconds below which a lagging replica does not know a checkpoint; later such a lie is contradicted by what is alive."""
TROUBLE_LASTS = 1500.0
"""Seconds after which a process that is still there meets no flaws any more: following goes on for hours."""
PASSING = ("short", "odd-rows", "again")
ODD_LASTS = 240.0
"""The same for lists that are not whole: for how long a row that cannot be read may keep a verdict is nowhere said."""
REPEAT_SHOWS = 7.0
"""Seconds after which lists show what a proxy sent twice: a busy refusal is believed after 10 s (contract)."""

GATEWAY_404 = (
    b'{"message":"no Route matched with those values"}',
    b"<html><head><title>404 Not Found</title></head></html>",
    b'{"error_code":"APIGW.0101","error_msg":"The API does not exist","request_id":"1"}',
    b"",
)
SERVER_ERRORS = (
    (500, "BackupService.9910"), (500, "BackupService.6208"), (500, "IAM.0006"), (502, "APIGW.0610"),
    (500, "APIGW.0601"), (504, "APIGW.0201"), (500, "APIGW.0605"), (502, "html"), (503, "html"), (504, ""), (307, ""),
)  # fmt: skip
"""What may be said of a POST that was executed all the same."""
REFUSALS = (
    (400, "BackupService.6113"), (400, "BackupService.6114"), (400, "BackupService.9900"), (404, "BackupService.6105"),
    (403, "APIGW.0302"), (401, "APIGW.0301"), (500, "BackupService.9998"), (500, "BackupService.6137"),
    (400, "BackupService.1005"),
)  # fmt: skip
"""What says surely that nothing was begun."""


class Plan(NamedTuple):
    """What becomes of one POST."""

    answer: str = "ok"
    """ok, lost, reset, throttled, refused, 5xx, repeated (executed, the answer is of its repeat: busy), older, garbage."""
    delay: float | None = 0.0
    """Seconds until it is executed; None: never. What the answer rules out is not asked."""
    fates: tuple[Fate, Fate] = (Fate("good", 10.0), Fate("good", 10.0))
    copies_after: float = 0.0
    tasks_after: float = 0.0
    ends_after: float = 0.0
    shown_after: float = 0.0
    skips: str = ""
    """Of two resources the second is skipped in the answer: by this code. Empty: none is."""
    which: int = 0
    """Chooses among answers of a kind."""


class Asker(Protocol):
    """The process that asks."""

    home: str
    plans: list[Plan]
    began: float
    flaws: frozenset[str]
    rate: float
    rng: Random
    made: list[Made]
    busy_at: float | None
    posts: int
    op: str | None
    ignores: bool

    def spend(self, seconds: float) -> None:
        """Let the seconds of an exchange pass."""

    def before_post(self, op: str | None, parameters: Mapping[str, Any]) -> str | None:
        """Look at the journal at the moment when a POST leaves; gives the op that it belongs to."""


class Service:
    """One region's CBR. Moments are seconds since the history began."""

    def __init__(self) -> None:
        self.now = 0.0
        self.quirks = HEALTHY
        self.made: list[Made] = []
        self.fleet: dict[str, list[str]] = {}
        """Further vaults, and what each protects."""

    @property
    def resources(self) -> list[str]:
        """What the vault protects."""
        return [SERVER, DISK] if self.quirks.two else [SERVER]

    def resources_of(self, vault: str) -> list[str]:
        """What a vault protects."""
        return self.resources if vault == VAULT else self.fleet[vault]

    def vault_json(self, vault: str) -> dict[str, Any]:
        """A vault as it is now."""
        return rows.vault_json(self.resources_of(vault), self.running(self.now), vault)

    def new(self, at: float, parameters: Mapping[str, Any], fates: Mapping[str, Fate], **more: Any) -> Made:
        """Note a checkpoint that is executed at `at`."""
        made = Made(len(self.made) + 1, at, parameters, fates, **more)
        self.made.append(made)
        return made

    def running(self, now: float) -> set[str]:
        """The resources that are being backed up."""
        return {r for made in self.made for r in made.busy_with(now)}

    # one exchange ---------------------------------------------------------------------------------------------------

    def exchange(self, asker: Asker, method: str, url: str, body: bytes | None) -> Reply:
        """Answer one request. Raises BrokenExchange."""
        parts = urlsplit(url)
        path = parts.path.split("/")[3:]
        if method == "POST":
            assert path == ["checkpoints"], url
            assert body is not None
            return self._post(asker, json.loads(body)["checkpoint"])
        asker.spend(asker.rng.choice((0.05, 0.1, 0.1, 0.4)))
        age = self.now - asker.began
        lasting = [flaw for flaw in sorted(asker.flaws) if age < (ODD_LASTS if flaw in PASSING else TROUBLE_LASTS)]
        flaws = {flaw for flaw in lasting if asker.rng.random() < asker.rate}
        broken = self._break(asker, flaws)
        if broken is not None:
            return broken
        query = parse_qs(parts.query, keep_blank_values=True)
        if len(path) == 1:
            return self._list(asker, path[0], query, flaws)
        if path[0] == "checkpoints":
            return self._show(asker, path[1], flaws)
        if path[0] == "vaults":
            return self._say(asker, 200, {"vault": self.vault_json(path[1])})
        return self._say(asker, 404, _error("BackupService.6200"))

    def _break(self, asker: Asker, flaws: set[str]) -> Reply | None:
        """Return the answer of something that stands before the service, None where the request comes through."""
        if "broken" in flaws:
            raise BrokenExchange("connection reset", sent=True)
        if "late" in flaws:
            asker.spend(30.0)
            raise BrokenExchange("no whole answer within 30 s", sent=True)
        if "5xx" in flaws:
            return self._trouble(asker, asker.rng.randrange(99))
        if "gateway-404" in flaws:
            return self._say(asker, 404, asker.rng.choice(GATEWAY_404))
        if "throttled" in flaws:
            return self._say(asker, 429, _error("APIGW.0308"))
        if "garbage" in flaws:
            return self._say(asker, 200, asker.rng.choice((b"<html>login</html>", b"{}", b'{"checkpoint": null}', b"")))
        return None

    def _trouble(self, asker: Asker, which: int) -> Reply:
        status, code = SERVER_ERRORS[which % len(SERVER_ERRORS)]
        body: Any = b"<html>Bad Gateway</html>" if code == "html" else _error(code) if code else b""
        return self._say(asker, status, body)

    def _say(self, asker: Asker, status: int, body: Any) -> Reply:
        """Return an answer with the date of one of the front ends."""
        headers = {"content-type": "application/json", "x-request-id": "r-1"}
        shown = asker.rng.choice(FRONTS[self.quirks.front])
        if shown is not None:
            moment = EPOCH if isinstance(shown, str) else EPOCH + self.now + shown
            headers["date"] = format_date_time(moment)
        return Reply(status, headers, body if isinstance(body, bytes) else json.dumps(body).encode())

    # reads ----------------------------------------------------------------------------------------------------------

    def _show(self, asker: Asker, checkpoint_id: str, flaws: set[str]) -> Reply:
        made = next((m for m in self.made if m.id == checkpoint_id), None)
        if made is None or not made.exists(self.now) or self._is_missing(made, flaws):
            return self._say(asker, 404, _error("BackupService.6217"))
        found = rows.checkpoint_json(made, self.quirks, self.now)
        if "no-resources" in flaws:
            found["vault"]["resources"] = asker.rng.choice(([], None))
        if "odd-word" in flaws and found["status"] == "protecting":
            found["status"] = asker.rng.choice(("creating", "archiving", "", None))
        return self._say(asker, 200, {"checkpoint": found})

    def _is_missing(self, made: Made, flaws: set[str]) -> bool:
        """Whether a replica does not know it: young, or alive in both lists so that everybody can see that this is a lie."""
        if self.now < made.at + min(made.shown_after, LONGEST_MISSING):
            return True
        young = self.now < made.at + LONGEST_MISSING
        return "missing" in flaws and (young or made.alive_in_lists(self.now))

    def _list(self, asker: Asker, key: str, query: lists.Query, flaws: set[str]) -> Reply:
        barred = key == "operation-logs" and (self.quirks.tasks_barred or "barred-tasks" in flaws)
        if barred or (self.quirks.enterprise_only and "enterprise_project_id" not in query):
            return self._say(asker, 403, _error("APIGW.0302"))
        key = {"operation-logs": "operation_logs"}.get(key, key)
        kinds = {"backups": rows.copy_rows, "operation_logs": rows.task_rows}
        if key == "vaults":
            running = self.running(self.now)  # once: a fleet has a thousand
            found = [rows.vault_json(self.resources_of(vault), running, vault) for vault in (VAULT, *self.fleet)]
        else:
            found = [row for made in self.made for row in kinds[key](made, self.now)]
            found.sort(key=lambda row: (row["created_at"], row["id"]), reverse=True)
            found = [row for row in found if lists.matches(row, query, self.quirks, key)]
            if self.quirks.flatters and "vault_id" not in query:
                found = [{**row, "status": "available" if key == "backups" else "success"} for row in found]
        return self._say(asker, 200, lists.answer(key, found, query, self.quirks, flaws, asker.rng))

    # the POST -------------------------------------------------------------------------------------------------------

    def _post(self, asker: Asker, checkpoint: Mapping[str, Any]) -> Reply:
        parameters = checkpoint.get("parameters") or {}
        op = read_marker(parameters.get("name"), parameters.get("description"))
        plan = asker.plans.pop(0) if asker.plans else Plan()
        blind = self.quirks.enterprise_only and self.quirks.enterprise == "other"
        if plan.answer == "repeated" and (op is None or blind):
            # without a marker, or where no list may be read, nobody could tell the echo from a backup of others
            plan = plan._replace(answer="ok")
        if plan.answer == "reset":
            raise BrokenExchange("connection refused", sent=False)
        asker.posts += 1
        asker.op = asker.before_post(op, parameters)
        left = self.now
        vault = checkpoint["vault_id"]
        wanted = _wanted(parameters) or self.resources_of(vault)
        if plan.answer in ("throttled", "refused"):
            asker.spend(0.2)
            return self._decline(asker, plan)
        at = None if plan.delay is None else self.now + plan.delay
        if plan.answer in ("ok", "repeated"):
            at = self.now
        if at is not None and self.quirks.fenced and self.running(at) & set(wanted):
            if plan.answer != "lost":
                return self._refuse_busy(asker, parameters, wanted, left, vault)
            at = None
        made = None if at is None else self._execute(asker, plan, parameters, wanted, at, left, vault)
        return self._answer(asker, plan, parameters, wanted, made, vault)

    def _answer(
        self, asker: Asker, plan: Plan, parameters: Mapping[str, Any], wanted: list[str], made: Made | None, vault: str
    ) -> Reply:
        if plan.answer == "lost":
            asker.spend((1.0, 60.0)[plan.which % 2])
            raise BrokenExchange("connection reset", sent=True)
        asker.spend((0.3, 3.0)[plan.which % 2])
        if plan.answer == "repeated":
            return self._refuse_busy(asker, parameters, wanted, self.now, vault)
        # by its marker it can be told that it is not the answer to this request
        others = [
            m for m in self.made if m.is_marked and m.op != asker.op and m.at < self.now - 600.0 and m.vault == vault
        ]
        older = next(iter(others), None)
        if plan.answer == "older" and older is not None:
            found = rows.checkpoint_json(older, self.quirks, self.now, posted=True)
            return self._say(asker, 200, {"checkpoint": found})
        if plan.answer == "garbage":
            return self._say(asker, 200, (b"<html>login</html>", b"", b"{}", b'{"checkpoint": {}}')[plan.which % 4])
        if plan.answer != "ok" or made is None:
            return self._trouble(asker, plan.which)
        found = rows.checkpoint_json(made, self.quirks, self.now, posted=True)
        return self._say(asker, 200, {"checkpoint": found})

    def _execute(
        self,
        asker: Asker,
        plan: Plan,
        parameters: Mapping[str, Any],
        wanted: list[str],
        at: float,
        left: float,
        vault: str,
    ) -> Made:
        fates = dict(zip(wanted, plan.fates, strict=False))
        skipped = []
        if plan.skips and len(wanted) == 2:
            skipped.append((wanted[1], f"BackupService.{plan.skips}"))
            del fates[wanted[1]]
        barred = self.quirks.tasks_barred or "barred-tasks" in asker.flaws
        if barred or read_marker(parameters.get("name")) is None:
            # what leaves no copy could be seen by nobody: tasks are barred, or do not carry the marker
            fates = {r: Fate("error", f.duration) if not f.has_copy else f for r, f in fates.items()}
        soonest = REPEAT_SHOWS if plan.answer == "repeated" else 300.0
        made = self.new(
            at,
            parameters,
            fates,
            asked=wanted,
            vault=vault,
            skipped=skipped,
            home=asker.home,
            left=left,
            copies_after=min(plan.copies_after, soonest),
            tasks_after=min(plan.tasks_after, soonest),
            ends_after=plan.ends_after,
            shown_after=plan.shown_after,
        )
        made.op, made.ignores = made.op or asker.op, asker.ignores
        asker.made.append(made)
        return made

    def _decline(self, asker: Asker, plan: Plan) -> Reply:
        if plan.answer == "throttled":
            body: Any = (_error("APIGW.0308"), b"<html>slow down</html>", b"")[plan.which % 3]
            reply = self._say(asker, 429, body)
            pauses = ("", "1", "45", "600")
            pause = pauses[plan.which % 4]
            return reply._replace(headers={**reply.headers, "retry-after": pause}) if pause else reply
        status, code = REFUSALS[plan.which % len(REFUSALS)]
        return self._say(asker, status, _error(code))

    def _refuse_busy(
        self, asker: Asker, parameters: Mapping[str, Any], wanted: list[str], left: float, vault: str
    ) -> Reply:
        """Say that the vault is busy; where that comes as a skip of every resource, a checkpoint of nothing is left."""
        asker.spend(0.2)
        asker.busy_at = self.now
        if self.quirks.busy != "skipped":
            status = 500 if self.quirks.busy == "0002" else 400
            return self._say(asker, status, _error(f"BackupService.{self.quirks.busy}"))
        skipped = [(r, "BackupService.1001") for r in wanted]
        made = self.new(
            self.now, parameters, {}, asked=wanted, vault=vault, skipped=skipped, home=asker.home, left=left
        )
        made.op = made.op or asker.op
        asker.made.append(made)
        found = rows.checkpoint_json(made, self.quirks, self.now, posted=True)
        return self._say(asker, 200, {"checkpoint": found})


def _wanted(parameters: Mapping[str, Any]) -> list[str]:
    named = [*(parameters.get("resources") or ()), *(d["id"] for d in parameters.get("resource_details") or ())]
    return list(dict.fromkeys(named))


def _error(code: str) -> dict[str, str]:
    return {"error_code": code, "error_msg": f"said {code}"}
