"""The moves of the aliases: a version becomes champion, and the way back."""

from mlflow import MlflowClient

from sentistream.contracts.model_version import PREVIOUS
from sentistream.errors import UserError
from sentistream.scoring import registry, registry_connection
from sentistream.settings import RegistrySettings

OTHER_CLASSES = "It has other classes than the champion before: a running processor that serves that one refuses it until it is started again."


def promote(settings: RegistrySettings, version: int, instead_of: int | None = None) -> None:
    """Move the alias to a version; the one it named before becomes `previous`. A version that it names already stays, and so does `previous`.

    Args:
        settings: name the registry, the model and its alias.
        version: the new champion.
        instead_of: the only version that it may replace, where it was set against that one.

    Raises:
        UserError: the alias names another one by now.
    """
    client, name = registry_connection.client(settings), settings.model_name
    alias = registry.spelt(client, name, settings.model_alias)
    before = _named(client, name, alias)
    if instead_of is not None and before not in (str(version), str(instead_of)):
        raise UserError(
            f"Version {before} became {settings.model_alias} meanwhile, and version {version} was set against {instead_of}: nothing was moved. Look again."
        )
    if before is not None and before != str(version):
        client.set_registered_model_alias(name, PREVIOUS, before)
    client.set_registered_model_alias(name, alias, str(version))


def rollback(settings: RegistrySettings, to: int | None = None) -> tuple[int, int]:
    """Exchange the champion and the version before it; their numbers, the new champion first.

    Args:
        settings: name the registry, the model and its alias.
        to: the version that is to be champion again, so that to ask twice is to ask once; without it a second rollback undoes the first.

    Raises:
        UserError: there is no champion, or none before it, or another one than `to`.
    """
    client, name = registry_connection.client(settings), settings.model_name
    alias = registry.spelt(client, name, settings.model_alias)
    now, before = (_named(client, name, each) for each in (alias, PREVIOUS))
    if now is None or before is None:
        lacking = alias if now is None else PREVIOUS
        raise UserError(f"{name} has no version named {lacking}: there is nothing to go back to.")
    if to is not None and now == str(to):
        return int(now), int(before)
    if to is not None and before != str(to):
        raise UserError(f"Version {before} is {PREVIOUS} by now, and not {to}: nothing was moved. Look again.")
    client.set_registered_model_alias(name, alias, before)
    client.set_registered_model_alias(name, PREVIOUS, now)
    return int(before), int(now)


def have_other_classes(settings: RegistrySettings, *versions: int) -> bool:
    """Whether versions differ in their classes, by their tags alone: one of them may be unusable, which is a good reason to leave it."""
    client = registry_connection.client(settings)
    maps = {client.get_model_version(settings.model_name, str(each)).tags.get(registry.LABELS_TAG) for each in versions}
    return len(maps) > 1


def _named(client: MlflowClient, name: str, alias: str) -> str | None:
    found = registry.by_alias(client, name, alias)
    return None if found is None else str(found.version)
