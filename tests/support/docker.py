"""The project's images, built once a session, and what the tests with Docker share."""

import json
import subprocess

from tests.support.places import ROOT


def docker(*arguments: str, seconds: float = 600, env: dict[str, str] | None = None) -> str:
    """Run a docker command at the repository's root; its standard output."""
    run = subprocess.run(
        ["docker", *arguments], cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=seconds
    )
    assert run.returncode == 0, f"docker {' '.join(arguments)}\n{run.stdout[-3000:]}\n{run.stderr[-5000:]}"
    return run.stdout


def inspect(name: str) -> dict[str, object]:
    """What the engine knows of a container or an image."""
    return json.loads(docker("inspect", name))[0]  # type: ignore[no-any-return]
