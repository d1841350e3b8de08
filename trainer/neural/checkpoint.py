"""Where a training stands, on disk: whole, or not there; a killed one goes on as if nothing had been."""

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

LEAST_SECONDS = 60.0
"""Between two: what a kill costs at most."""
LARGEST_SHARE = 0.02
"""Of the time that writing them may take, a large network's, too."""


@dataclass(frozen=True)
class Standing:
    """What is done."""

    steps: int = 0
    seconds: float = 0.0
    """Of training, before a kill, too."""


class Checkpoint:
    """A file that holds network, optimiser, random numbers and standing."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._due = time.monotonic() + LEAST_SECONDS

    def resume(self, network: Any, optimiser: Any, device: str) -> Standing:
        """Take up what is on disk; the beginning where nothing is."""
        import torch

        if not self._file.exists():
            return Standing()
        # Tensors and numbers only: the file can't run anything.
        kept = torch.load(self._file, map_location=device, weights_only=True)
        network.load_state_dict(kept["network"])
        optimiser.load_state_dict(kept["optimiser"])
        torch.set_rng_state(kept["random"].cpu())
        if device == "cuda":
            torch.cuda.set_rng_state(kept["random_cuda"].cpu())
        return Standing(**kept["standing"])

    @property
    def is_due(self) -> bool:
        """Whether it is time for the next."""
        return time.monotonic() >= self._due

    def keep(self, network: Any, optimiser: Any, device: str, standing: Standing) -> None:
        """Write where it stands; the one before holds until this one is whole."""
        import torch

        started = time.monotonic()
        part = self._file.with_suffix(".part")
        kept = {
            "network": network.state_dict(),
            "optimiser": optimiser.state_dict(),
            "random": torch.get_rng_state(),
            "random_cuda": torch.cuda.get_rng_state() if device == "cuda" else torch.empty(0),
            "standing": asdict(standing),
        }
        torch.save(kept, part)
        part.replace(self._file)
        ended = time.monotonic()
        self._due = ended + max(LEAST_SECONDS, (ended - started) / LARGEST_SHARE)
