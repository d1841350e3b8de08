"""The registered version that a command names."""

from sentistream.contracts.model_version import ModelVersion
from sentistream.scoring import registry, registry_connection
from sentistream.settings import RegistrySettings


def resolve(settings: RegistrySettings, named: str | None = None) -> ModelVersion:
    """The version that a number, an alias or MLflow's address names; the first two of the model MODEL_NAME; without any its MODEL_ALIAS.

    Raises:
        UserError: it names nothing.
        UnreachableError: the registry does not answer.
    """
    registry_connection.require_answer(settings)
    named = named or settings.model_alias
    if named.startswith("models:"):
        return registry.resolve_uri(settings, named)
    separator = "/" if named.isdecimal() else "@"
    return registry.resolve_uri(settings, f"models:/{settings.model_name}{separator}{named}")
