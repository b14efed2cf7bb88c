"""Which function answers which path, and the name under which faults know it."""

from dataclasses import dataclass
from functools import cached_property

from cbrctl.sandbox import (
    checkpoints,
    copies,
    discovery,
    identity,
    policies,
    protectables,
    tags,
    tasks,
    usage,
    vaults,
)
from cbrctl.sandbox.calls import Handler
from cbrctl.sandbox.exchange import Request
from cbrctl.sandbox.refusals import GatewayRefusal, MalformedUrl
from cbrctl.sandbox.submission import UUID


@dataclass(frozen=True)
class Route:
    """A method and path; {parts} are ids. `fault_route` is what faults call it; None answers only to `any`."""

    method: str
    path: str
    handler: Handler
    fault_route: str | None = None

    @property
    def in_project(self) -> bool:
        """Whether it is one of CBR's, whose caller must be allowed in the project of the path."""
        return "{project_id}" in self.path

    @cached_property
    def parts(self) -> list[str]:
        """What stands between the slashes."""
        return self.path.split("/")[1:]

    def match(self, segments: list[str]) -> dict[str, str] | None:
        """The ids in a path of this shape, None for a path of another."""
        if len(self.parts) != len(segments):
            return None
        ids = {}
        for part, segment in zip(self.parts, segments, strict=True):
            if part.startswith("{"):
                ids[part[1:-1]] = segment
            elif part != segment:
                return None
        return ids


PROJECT = "/v3/{project_id}"
# The first that matches wins, so fixed words stand before ids.
ROUTES = (
    Route("GET", "/", discovery.list_versions),
    Route("GET", "/v3", discovery.show_version),
    Route("GET", "/v3/", discovery.show_version),
    Route("GET", "/v3/auth/catalog", discovery.show_catalog),
    Route("POST", "/v3/auth/tokens", identity.create_token, "token"),
    Route("GET", "/v3/auth/tokens", identity.show_token),
    Route("GET", "/v3/projects", identity.list_projects),
    Route("GET", "/v3/auth/projects", identity.list_projects),
    Route("GET", "/v3/auth/domains", identity.list_domains),
    Route("POST", "/v3.0/OS-CREDENTIAL/securitytokens", identity.create_temporary_key),
    Route("GET", "/v3/region-projects", identity.list_region_projects),
    Route("POST", f"{PROJECT}/checkpoints", checkpoints.create_checkpoint, "create"),
    Route("GET", f"{PROJECT}/checkpoints/{{checkpoint_id}}", checkpoints.show_checkpoint, "checkpoint"),
    Route("GET", f"{PROJECT}/operation-logs", tasks.list_tasks, "tasks"),
    Route("GET", f"{PROJECT}/operation-logs/{{task_id}}", tasks.show_task, "tasks"),
    Route("GET", f"{PROJECT}/backups", copies.list_copies, "copies"),
    Route("GET", f"{PROJECT}/backups/{{backup_id}}", copies.show_copy, "copies"),
    Route("DELETE", f"{PROJECT}/backups/{{backup_id}}", copies.delete_copy, "copies"),
    Route("GET", f"{PROJECT}/vaults", vaults.list_vaults, "vaults"),
    Route("GET", f"{PROJECT}/vaults/summary", vaults.show_summary, "vaults"),
    Route("GET", f"{PROJECT}/vaults/{{vault_id}}", vaults.show_vault, "vault"),
    Route("POST", f"{PROJECT}/vault/resource_instances/action", tags.search_vaults, "vaults"),
    Route("GET", f"{PROJECT}/vault/tags", tags.list_project_tags, "vaults"),
    Route("GET", f"{PROJECT}/vault/{{vault_id}}/tags", tags.show_vault_tags, "vault"),
    Route("GET", f"{PROJECT}/protectables/{{kind}}/instances", protectables.list_protectables),
    Route("GET", f"{PROJECT}/protectables/{{kind}}/instances/{{instance_id}}", protectables.show_protectable),
    Route("GET", f"{PROJECT}/policies", policies.list_policies),
    Route("GET", f"{PROJECT}/policies/{{policy_id}}", policies.show_policy),
    Route("GET", f"{PROJECT}/storage_usage", usage.show_usage),
)


def find_route(request: Request) -> tuple[Route, dict[str, str]]:
    """The route of a request and the ids in its path. Raises the gateway's 404 and 405."""
    segments = request.segments
    found = False
    for route in ROUTES:
        ids = route.match(segments)
        if ids is not None and route.method == request.method:
            return route, ids
        found = found or ids is not None
    if found:
        raise GatewayRefusal(405, "APIGW.0501", "The request method is not allowed")
    raise GatewayRefusal(404, "APIGW.0101", "The API does not exist or has not been published in the environment")


def check_ids(ids: dict[str, str]) -> None:
    """Raise the malformed-url 401 for an id of the path that is no uuid."""
    for name, value in ids.items():
        if name not in ("project_id", "kind") and not UUID.fullmatch(value):
            raise MalformedUrl
