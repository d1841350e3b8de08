"""The moves of the aliases: a version becomes champion, and the way back."""

from collections.abc import Mapping
from typing import Protocol

from sentistream.contracts.model_version import PREVIOUS
from sentistream.errors import UserError
from sentistream.settings import RegistrySettings

OTHER_CLASSES = "It has other classes than the champion before: a running processor that serves that one refuses it until it is started again."
LABELS_TAG = "label_map"
"""As `registry` has it, which would import MLflow."""


class Aliases(Protocol):
    """The aliases of one registered model."""

    def held(self) -> Mapping[str, str]:
        """Alias → version; empty where there is no such model."""

    def move(self, alias: str, version: str) -> None:
        """Have an alias name a version."""

    def tags(self, version: str) -> Mapping[str, str]:
        """Of a version."""


class MlflowAliases:
    """By MLflow, which reaches every registry.

    Args:
        settings: name the registry and the model.
    """

    def __init__(self, settings: RegistrySettings) -> None:
        from sentistream.scoring import registry_connection

        self._client, self._name = registry_connection.client(settings), settings.model_name

    def held(self) -> Mapping[str, str]:
        """Alias → version; empty where there is no such model."""
        found = self._client.search_registered_models(f"name='{self._name}'")
        return {alias: str(version) for model in found for alias, version in model.aliases.items()}

    def move(self, alias: str, version: str) -> None:
        """Have an alias name a version."""
        self._client.set_registered_model_alias(self._name, alias, version)

    def tags(self, version: str) -> Mapping[str, str]:
        """Of a version."""
        return dict(self._client.get_model_version(self._name, version).tags)


def promote(settings: RegistrySettings, version: int, instead_of: int | None = None, by: Aliases | None = None) -> None:
    """Move the alias to a version; the one it named before becomes `previous`. A version that it names already stays, and so does `previous`.

    Args:
        settings: name the registry, the model and its alias.
        version: the new champion.
        instead_of: the only version that it may replace, where it was set against that one.
        by: moves them; MLflow where none is given.

    Raises:
        UserError: the alias names another one by now.
    """
    by = by or MlflowAliases(settings)
    held = by.held()
    alias = _spelt(held, settings.model_alias)
    before = held.get(alias)
    if instead_of is not None and before not in (str(version), str(instead_of)):
        raise UserError(
            f"Version {before} became {settings.model_alias} meanwhile, and version {version} was set against {instead_of}: nothing was moved. Look again."
        )
    if before is not None and before != str(version):
        by.move(PREVIOUS, before)
    by.move(alias, str(version))


def rollback(settings: RegistrySettings, to: int | None = None, by: Aliases | None = None) -> tuple[int, int]:
    """Exchange the champion and the version before it; their numbers, the new champion first.

    Args:
        settings: name the registry, the model and its alias.
        to: the version that is to be champion again, so that to ask twice is to ask once; without it a second rollback undoes the first.
        by: moves them; MLflow where none is given.

    Raises:
        UserError: there is no champion, or none before it, or another one than `to`.
    """
    by = by or MlflowAliases(settings)
    name, held = settings.model_name, by.held()
    alias = _spelt(held, settings.model_alias)
    now, before = held.get(alias), held.get(_spelt(held, PREVIOUS))
    if now is None or before is None:
        lacking = alias if now is None else PREVIOUS
        raise UserError(f"{name} has no version named {lacking}: there is nothing to go back to.")
    if to is not None and now == str(to):
        return int(now), int(before)
    if to is not None and before != str(to):
        raise UserError(f"Version {before} is {PREVIOUS} by now, and not {to}: nothing was moved. Look again.")
    by.move(alias, before)
    by.move(_spelt(held, PREVIOUS), now)
    return int(before), int(now)


def have_other_classes(settings: RegistrySettings, *versions: int, by: Aliases | None = None) -> bool:
    """Whether versions differ in their classes, by their tags alone: one of them may be unusable, which is a good reason to leave it."""
    by = by or MlflowAliases(settings)
    return len({by.tags(str(each)).get(LABELS_TAG) for each in versions}) > 1


def _spelt(held: Mapping[str, str], alias: str) -> str:
    """An alias as the registry spells it: `Champion` is `champion` where only that is there, and stays as it is where neither is."""
    return alias if alias in held else next((each for each in sorted(held) if each.lower() == alias.lower()), alias)
