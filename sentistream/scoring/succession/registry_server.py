"""The aliases of a registry that is a server, by MLflow's REST API (https://mlflow.org/docs/latest/rest-api.html): MLflow itself would cost 0.1 GB."""

import json
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any

from sentistream.errors import said
from sentistream.scoring.errors import RegistryRefusedError, UnreachableError
from sentistream.scoring.registry_address import shown
from sentistream.scoring.succession.registry_state import ANSWER_SECONDS, MOST_BYTES, SPECIAL, with_credentials
from sentistream.settings import RegistrySettings

NOT_IN = (401, 403)
"""HTTP's status codes where we are not let in."""


class _Straight(urllib.request.HTTPRedirectHandler):
    """Follows nowhere: what moves something would be asked again as a question, and a login would travel along."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class ServerAliases:
    """As `aliases.Aliases` has it.

    Args:
        settings: name the server and the model.
    """

    def __init__(self, settings: RegistrySettings) -> None:
        self._settings = settings
        self._opener = urllib.request.build_opener(_Straight)

    def held(self) -> Mapping[str, str]:
        """Alias → version; empty where there is no such model."""
        model = self._asked("registered-models/get", {"name": self._settings.model_name})
        found = model.get("registered_model", {}).get("aliases", [])
        return {str(each["alias"]): str(each["version"]) for each in found}

    def move(self, alias: str, version: str) -> None:
        """Have an alias name a version.

        Raises:
            UnreachableError: the server did not do it.
        """
        given = {"name": self._settings.model_name, "alias": alias, "version": version}
        self._asked("registered-models/alias", {}, given)
        if self.held().get(alias) != version:
            raise UnreachableError(f"{self._where} took the alias {alias} for version {version} and has it not.")

    def tags(self, version: str) -> Mapping[str, str]:
        """Of a version."""
        query = {"name": self._settings.model_name, "version": version}
        found = self._asked("model-versions/get", query).get("model_version", {}).get("tags", [])
        return {str(each["key"]): str(each.get("value", "")) for each in found}

    @property
    def _where(self) -> str:
        return f"The model registry at {shown(self._settings)} (MLFLOW_TRACKING_URI)"

    def _asked(self, path: str, query: Mapping[str, str], body: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The answer; an empty one where there is no such thing.

        Raises:
            RegistryRefusedError: the server does not let us in.
            UnreachableError: it does not answer, or otherwise.
        """
        address, headers = with_credentials(self._settings)
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - the setting allows http(s) alone
            f"{address}/api/2.0/mlflow/{path}?{urllib.parse.urlencode(query)}",
            data,
            {**headers, **({"Content-Type": "application/json"} if body is not None else {})},
        )
        try:
            with self._opener.open(request, timeout=ANSWER_SECONDS) as answer:
                found: dict[str, Any] = json.loads(answer.read(MOST_BYTES))
                return found
        except urllib.error.HTTPError as refused:
            if refused.code in NOT_IN:
                raise RegistryRefusedError(f"{self._where} does not let us in ({refused.code}).") from None
            if refused.code == 404 and body is None:
                return {}
            raise UnreachableError(f"{self._where} answers {refused.code}.") from refused
        except (OSError, ValueError) as silent:
            reason = getattr(silent, "reason", silent)
            why = said(reason) if isinstance(reason, BaseException) else str(reason)
            raise UnreachableError(f"{self._where} does not answer: {why}") from silent


def of(settings: RegistrySettings) -> ServerAliases | None:
    """Of the registry's server; None where it is a file, or a server that only MLflow knows how to reach."""
    is_server = not settings.mlflow_tracking_uri.startswith("sqlite:")
    return ServerAliases(settings) if is_server and not any(os.environ.get(name) for name in SPECIAL) else None
