"""The registry's address as people are shown it; apart from `registry_connection`, whose MLflow takes seconds to import."""

import re

from sentistream.settings import TrackingSettings


def shown(settings: TrackingSettings) -> str:
    """The address without a user and password."""
    return without_password(settings.mlflow_tracking_uri)


def without_password(address: str) -> str:
    """Any text, without the user and password of the addresses in it."""
    return re.sub(r"//[^/@\s]*@", "//", address)
