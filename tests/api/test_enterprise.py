"""Enterprise projects: who is granted some of them only names one, and sees its vaults, copies and tasks."""

from collections.abc import Callable
from typing import Any

import pytest

from cbrctl.api.client import Client
from cbrctl.api.listing import Listing
from cbrctl.api.models import Vault
from cbrctl.api.results import Copy, Task
from cbrctl.backup.search import look_for
from cbrctl.errors import CbrctlError, Forbidden
from cbrctl.sandbox import Cloud
from tests.support.program import Run

OURS, THEIRS = "5a4db0c0-d0a1-4000-8000-0000000000e1", "5a4db0c0-d0a1-4000-8000-0000000000e2"
VAULT_ID = "3b5816b5-f29c-4172-9d9a-76c719a659ce"
OP = "6N7X0K3B1QZ2M4D5F8GHJVRSTW"
LISTS = [["vault", "list"], ["copy", "list"], ["task", "list"]]


@pytest.mark.long
@pytest.mark.parametrize("how", ["flag", "CBRCTL_ENTERPRISE_PROJECT_ID", "HW_ENTERPRISE_PROJECT_ID", "profile"])
@pytest.mark.parametrize("args", LISTS, ids=" ".join)
@pytest.mark.sampled(4)
def test_each_list_asks_for_it(args: list[str], how: str, cloud: Cloud, run: Run) -> None:
    env = {how: OURS} if how.isupper() or "_" in how else {}
    more = ["--enterprise-project-id", OURS] if how == "flag" else []
    if how == "profile":
        assert run("config", "set", "enterprise_project_id", OURS).code == 0
    assert run(*args, *more, env=env).code == 0
    assert cloud.requests[-1].query["enterprise_project_id"] == [OURS]


@pytest.mark.parametrize(("named", "count"), [(OURS, 1), (THEIRS, 0), ("all_granted_eps", None)])
def test_only_its_vaults_are_seen(named: str, count: int | None, cloud: Cloud, run: Run) -> None:
    cloud.add_vault("vault-ours", enterprise_project_id=OURS)
    result = run("vault", "list", "-o", "id", "--enterprise-project-id", named)
    assert (result.code, len(result.out.split())) == (0, len(cloud.vaults) if count is None else count)


def test_a_vault_is_found_by_name_in_it(cloud: Cloud, run: Run) -> None:
    cloud.add_vault("vault-ours", enterprise_project_id=OURS)
    assert run("vault", "show", "vault-ours", "--enterprise-project-id", OURS).code == 0
    assert run("vault", "show", "vault-ours", "--enterprise-project-id", THEIRS).code == 10


class Limited:
    """A service whose user is granted one enterprise project: without naming it, each list is refused."""

    def __init__(self, named: str | None, of_vault: str) -> None:
        self.enterprise_project_id = named
        self.of_vault = of_vault

    def _list(self, query: dict[str, Any], keep: Callable[[Any], bool], *rows: Any) -> Listing[Any]:
        if query.get("enterprise_project_id", self.enterprise_project_id) is None:
            return Listing(error=Forbidden("service-auth"))
        return Listing(tuple(filter(keep, rows if self.enterprise_project_id == self.of_vault else ())))

    list_in_vault = Client.list_in_vault

    def list_copies(self, keep: Callable[[Copy], bool] = bool, **query: Any) -> Listing[Copy]:
        row = {"id": "a1b2c3d4-0000-4000-8000-000000000001", "checkpoint_id": VAULT_ID, "name": f"cbrctl-{OP}-0001"}
        return self._list(query, keep, Copy.from_json(row))

    def list_tasks(self, keep: Callable[[Task], bool] = bool, **query: Any) -> Listing[Task]:
        return self._list(query, keep)

    def show_vault(self, vault_id: str) -> Vault:
        return Vault.from_json({"id": vault_id, "name": "v", "enterprise_project_id": self.of_vault})


def look(client: Limited) -> tuple[int, CbrctlError | None]:
    """How many backups of the op are found, and why that may not be all."""
    found = look_for(client, OP, VAULT_ID, named=False)  # type: ignore[arg-type]
    return len(found.checkpoint_ids), found.trouble


def test_a_lost_answer_is_found_by_who_is_granted_one_only() -> None:
    assert look(Limited(OURS, OURS)) == (1, None)


@pytest.mark.parametrize("named", [None, THEIRS])
def test_lists_that_may_not_be_whole_prove_nothing(named: str | None) -> None:
    """A backup in another enterprise project than the one named would be taken for one that was never started."""
    count, error = look(Limited(named, OURS))
    assert (count, isinstance(error, Forbidden)) == (0, True)
