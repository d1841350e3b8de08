import socket
import threading

import pytest

from sentistream.scoring import named_version
from sentistream.scoring.errors import UnreachableError
from sentistream.settings import RegistrySettings


def test_a_command_asks_a_registry_that_is_away_once_and_no_more() -> None:
    asked = 0
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            nonlocal asked
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                asked += 1
                connection.close()

        threading.Thread(target=hang_up, daemon=True).start()
        settings = RegistrySettings.from_options(mlflow_tracking_uri=f"http://127.0.0.1:{server.getsockname()[1]}")
        with pytest.raises(UnreachableError, match="does not answer"):
            named_version.resolve(settings, "3")
        server.shutdown(socket.SHUT_RDWR)
    assert asked == 1
