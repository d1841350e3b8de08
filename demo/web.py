"""The demo's web service: where it answers, and what it says of one text."""

import json
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.request import Request, urlopen

PORT = 8088
TEXT = "what a lovely day"
SECONDS = 30.0
"""For its answer."""


@dataclass(frozen=True)
class Web:
    """One that runs, or is about to."""

    port: int
    token_file: Path

    @classmethod
    def below(cls, folder: Path) -> Self:
        """With a new token in a file of its user's alone, on its own port, or on another where somebody has that."""
        folder.mkdir(parents=True, exist_ok=True)
        token = folder / "web-token"
        token.touch(mode=0o600)
        token.write_text(f"{secrets.token_hex(32)}\n", encoding="ascii")
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind(("127.0.0.1", PORT))
            except OSError:
                tried.bind(("127.0.0.1", 0))
            return cls(tried.getsockname()[1], token)

    @property
    def page(self) -> str:
        """For a browser."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def address(self) -> str:
        """Of its door."""
        return f"http://127.0.0.1:{self.port}/score"

    @property
    def variables(self) -> dict[str, str]:
        """What it is started with."""
        return {"WEB_PORT": str(self.port), "WEB_TOKEN_FILE": str(self.token_file)}

    @property
    def command(self) -> str:
        """How anybody asks it."""
        return f"curl -H 'Content-Type: application/json' -d '{json.dumps(TEXT)}' {self.address}"

    def ask(self) -> dict[str, Any]:
        """What it says of the text: sentiment and p_positive."""
        body, headers = json.dumps(TEXT).encode(), {"Content-Type": "application/json"}
        with urlopen(Request(self.address, body, headers), timeout=SECONDS) as answer:  # noqa: S310 - of this machine
            found: dict[str, Any] = json.load(answer)["results"][0]
            return found
