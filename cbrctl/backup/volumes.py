"""The volumes that the options name, by the resources they belong to."""

from collections.abc import Mapping, Sequence

from cbrctl.api.models import Vault
from cbrctl.backup.request import VolumeChoice
from cbrctl.backup.selection import Missing, Target, ids_in
from cbrctl.errors import UsageError
from cbrctl.ids import parse_id


class Volumes:
    """The chosen volumes, by what the user called the resource."""

    def __init__(self, exclude: Sequence[str], include: Sequence[str]) -> None:
        self.exclude = [_split_volume(text) for text in exclude]
        self.include = [_split_volume(text) for text in include]
        self._vaults: dict[str, str] = {}

    def __bool__(self) -> bool:
        return bool(self.exclude or self.include)

    def of(self, vault: Vault) -> Mapping[str, VolumeChoice]:
        """Return those of one vault by resource id.

        UsageError for a resource that others could be meant by too, and for a volume that is to be left out and kept.
        """
        found: dict[str, VolumeChoice] = {}
        for name, volume, kept in (
            *((*pair, False) for pair in self.exclude),
            *((*pair, True) for pair in self.include),
        ):
            ids = ids_in(name, vault)
            if not ids:
                continue
            if len(ids) > 1 or self._vaults.setdefault(name, vault.id) != vault.id:
                raise UsageError("resource-in-several-vaults", resource=name)
            before = found.get(ids[0], VolumeChoice())
            if kept and volume in before.exclude:
                raise UsageError("contradiction", first="--exclude-volume", second="--include-volume")
            if volume not in (*before.include, *before.exclude):
                chosen = {"include": (*before.include, volume)} if kept else {"exclude": (*before.exclude, volume)}
                found[ids[0]] = before._replace(**chosen)
        return found

    def check(self, targets: Sequence[Target | Missing]) -> None:
        """Refuse volumes of resources that no vault holds, once `of` was asked for all of them."""
        stray = [name for name, _ in (*self.exclude, *self.include) if name not in self._vaults]
        if stray and not any(isinstance(target, Missing) for target in targets):
            raise UsageError("volume-of-unwanted-resource", resource=stray[0])


def _split_volume(text: str) -> tuple[str, str]:
    resource, _, volume = text.rpartition(":")
    volume_id = parse_id(volume)
    if not resource or volume_id is None:
        raise UsageError("bad-volume", value=text)
    return resource, volume_id
