"""`cbrctl backup`: options → choice and targets → requests → fleet → screen."""

import json
import os
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from cbrctl.errors import NotFound, UsageError
from cbrctl.ids import parse_id
from cbrctl.options import Common, PollInterval, Timeout, either, read_stdin

_WHAT, _HOW, _FOLLOW = "What to back up", "The backup", "Following"


def backup(
    context: typer.Context,
    vault: Annotated[
        list[str] | None,
        typer.Option(
            "--vault",
            "-V",
            metavar="VAULT",
            help="Vault by id or name; repeatable. - reads standard input: a line each, or the JSON of vault list.",
            rich_help_panel=_WHAT,
        ),
    ] = None,
    resource: Annotated[
        list[str] | None,
        typer.Option(
            "--resource",
            "-r",
            metavar="RESOURCE",
            help="Only this resource, by id or name; repeatable. Without --vault its vault is looked up.",
            rich_help_panel=_WHAT,
        ),
    ] = None,
    exclude_volume: Annotated[
        list[str] | None,
        typer.Option(metavar="RESOURCE:VOLUME_ID", help="Leave out this volume; repeatable.", rich_help_panel=_WHAT),
    ] = None,
    include_volume: Annotated[
        list[str] | None,
        typer.Option(metavar="RESOURCE:VOLUME_ID", help="Only this volume of it; repeatable.", rich_help_panel=_WHAT),
    ] = None,
    incremental: Annotated[
        bool, typer.Option("--incremental", help="Only what changed since the last one.", rich_help_panel=_HOW)
    ] = False,
    full: Annotated[
        bool, typer.Option("--full", help="All of it. With neither, the service decides.", rich_help_panel=_HOW)
    ] = False,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="Name of the backup.", rich_help_panel=_HOW)] = None,
    description: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Description of the backup.", rich_help_panel=_HOW)
    ] = None,
    auto_trigger: Annotated[
        bool, typer.Option("--auto-trigger", help="Mark it as an automatic backup.", rich_help_panel=_HOW)
    ] = False,
    no_auto_trigger: Annotated[
        bool, typer.Option("--no-auto-trigger", help="Mark it as a manual one.", rich_help_panel=_HOW)
    ] = False,
    retention_days: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="Keep it 1 to 36500 days, -1 for ever. Newer clouds only.", rich_help_panel=_HOW
        ),
    ] = None,
    policy_id: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Policy of an automatic backup. Newer clouds only.", rich_help_panel=_HOW),
    ] = None,
    no_marker: Annotated[
        bool, typer.Option("--no-marker", help="Send name and description exactly as given.", rich_help_panel=_HOW)
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the exact request and start nothing.", rich_help_panel=_HOW)
    ] = False,
    if_busy: Annotated[
        str,
        typer.Option(metavar="fail", help="What to do when the vault is being backed up: fail.", rich_help_panel=_HOW),
    ] = "fail",
    on_skip: Annotated[
        str,
        typer.Option(
            metavar="fail|ignore",
            help="Whether skipped resources make it partial, exit 3 (default fail).",
            rich_help_panel=_FOLLOW,
        ),
    ] = "fail",
    wait: Annotated[
        bool, typer.Option("--wait", help="Follow it to its end (default).", rich_help_panel=_FOLLOW)
    ] = False,
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="Return once the service has accepted it.", rich_help_panel=_FOLLOW)
    ] = False,
    timeout: Timeout = 6 * 3600.0,
    poll_interval: PollInterval = None,
) -> int:
    """Start a backup of one or many vaults and follow it to its end.

    Exit code 0: every wanted resource has an available copy. 3: partial. 4: failed. 5: still running when the wait
    ended. 6: not known whether it was started. 11: the vault is busy. 13: it is full.

    Backups cost money, are kept for ever unless told otherwise, and cannot be cancelled: --dry-run shows what would be
    sent, --sandbox practises without an account.

    Examples:
      cbrctl backup --vault vault-be94 --resource ecs-1f0f-0002 --incremental
      cbrctl backup --vault vault-be94 --vault vault-db --full --name before-upgrade
      cbrctl backup --resource ecs-1f0f-0002 --dry-run
      cbrctl backup --vault vault-be94 -qq        # cron: silent unless it fails
      cbrctl backup --vault vault-be94 -o json    # pipelines
      cbrctl backup --vault vault-be94 --sandbox
    """  # fmt: skip
    common: Common = context.obj
    _refuse_unbuilt(if_busy, on_skip)
    following = either(wait, no_wait, "--wait", "--no-wait")
    kind = either(incremental, full, "--incremental", "--full")
    trigger = either(auto_trigger, no_auto_trigger, "--auto-trigger", "--no-auto-trigger")
    from cbrctl import request

    choice = request.Choice(
        incremental=kind,
        auto_trigger=trigger,
        name=name,
        description=description,
        retention_days=retention_days,
        policy_id=_policy(policy_id),
    )
    request.check_choice(choice)
    vaults = _read_vaults(vault or ())
    if not vaults and not resource:
        raise UsageError("no-selection")
    volumes = _Volumes(exclude_volume or (), include_volume or ())
    from cbrctl import fleet, selection  # the service is needed from here on

    with common.open_session() as session:
        targets = selection.select(vaults, resource or (), details=bool(volumes), client=session.client)
        course = fleet.Course(
            wait=following is not False,
            timeout=timeout,
            interval=poll_interval or session.pace,
            ignore_skipped=on_skip == "ignore",
        )
        run = fleet.Fleet(session.client, course, common.screen.tell)

        def build(target: selection.Target) -> dict[str, Any]:
            if volumes and target.vault:
                return request.build_detailed_request(
                    target.vault, target.resource_ids, volumes.of(target.vault), choice
                )
            return request.build_request(str(target.vault_id), target.resource_ids, choice)

        # all of them before the first is sent: what is wrong with one vault's options is wrong with the line
        requests = {target.vault_id: build(target) for target in targets if not target.error}
        volumes.check(targets)

        def give(target: selection.Target) -> dict[str, Any]:
            return requests[target.vault_id]

        if dry_run:
            root = f"{session.endpoint()}/v3/{session.project_id()}"
            return common.screen.show_report(run.plan(targets, give, root))
        session.client()
        return common.screen.show_report(run.back_up(targets, give))


class _Volumes:
    """The chosen volumes, by what the user called the resource."""

    def __init__(self, exclude: Sequence[str], include: Sequence[str]) -> None:
        self.exclude = [_split_volume(text) for text in exclude]
        self.include = [_split_volume(text) for text in include]
        self._vaults: dict[str, str] = {}

    def __bool__(self) -> bool:
        return bool(self.exclude or self.include)

    def of(self, vault: Any) -> Mapping[str, Any]:
        """Give those of one vault by resource id. UsageError for a resource that others could be meant by too."""
        from cbrctl.request import Volumes

        found: dict[str, Volumes] = {}
        for name, volume, kept in (
            *((*pair, False) for pair in self.exclude),
            *((*pair, True) for pair in self.include),
        ):
            wanted = parse_id(name)
            ids = [r.id for r in vault.resources if (r.id == wanted if wanted else r.name == name)]
            if not ids:
                continue
            if len(ids) > 1 or self._vaults.setdefault(name, vault.id) != vault.id:
                raise UsageError("resource-in-several-vaults", resource=name)
            before = found.get(ids[0], Volumes())
            found[ids[0]] = (
                before._replace(include=(*before.include, volume))
                if kept
                else before._replace(exclude=(*before.exclude, volume))
            )
        return found

    def check(self, targets: Sequence[Any]) -> None:
        """Refuse volumes of resources that no vault holds, once `of` was asked for all of them."""
        stray = [name for name, _ in (*self.exclude, *self.include) if name not in self._vaults]
        if stray and not any(target.error for target in targets):
            raise UsageError("volume-of-unwanted-resource", resource=stray[0])


def _split_volume(text: str) -> tuple[str, str]:
    resource, _, volume = text.rpartition(":")
    volume_id = parse_id(volume)
    if not resource or volume_id is None:
        raise UsageError("bad-volume", value=text)
    return resource, volume_id


def _policy(text: str | None) -> str | None:
    policy_id = parse_id(text)
    if text is not None and policy_id is None:
        raise UsageError("bad-id", value=text, thing="policy", command="the console")
    return policy_id


def _refuse_unbuilt(if_busy: str, on_skip: str) -> None:
    """Refuse what this version cannot do rather than do less than was asked for."""
    if if_busy in ("wait", "attach", "skip"):
        raise UsageError("not-built", option=f"--if-busy {if_busy}")
    if os.environ.get("CBRCTL_RUN_KEY"):
        raise UsageError("not-built", option="CBRCTL_RUN_KEY")
    for option, value, allowed in (("--if-busy", if_busy, ("fail",)), ("--on-skip", on_skip, ("fail", "ignore"))):
        if value not in allowed:
            reason = f"It is one of {', '.join(allowed)}."
            raise UsageError("bad-value", option=option, value=value, reason=reason, help="cbrctl backup --help")


def _read_vaults(names: Sequence[str]) -> list[str]:
    """Give the vaults' names, those of standard input where `-` stands."""
    if "-" not in names:
        return list(names)
    try:
        found = _parse_vaults(read_stdin())
    except (ValueError, KeyError, TypeError) as cause:
        raise UsageError("bad-stdin", note=f"{type(cause).__name__}: {cause}") from None
    if not found:
        raise NotFound("empty-stdin")
    place = list(names).index("-")
    return [*names[:place], *found, *(n for n in names[place + 1 :] if n != "-")]


def _parse_vaults(text: str) -> list[str]:
    """Read vaults: the JSON of `vault list`, or the first column of lines; blank ones and `#` are left out."""
    if text.lstrip().startswith("{"):
        ids = [item["id"] for item in json.loads(text)["items"]]
        if not all(map(parse_id, ids)):
            raise ValueError("an item has no id")
        return ids
    rows = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if rows and rows[0].split("\t")[0] == "id" and "\t" in rows[0]:
        del rows[0]
    return [row.split("\t")[0].strip() for row in rows]
