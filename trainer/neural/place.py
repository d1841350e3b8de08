"""Where a network is trained, and in which numbers: on a GPU where there is one, in bfloat16 where the processor multiplies it."""

from dataclasses import dataclass
from pathlib import Path

BFLOAT16 = frozenset({"amx_bf16", "avx512_bf16", "bf16"})
"""As Linux names what a processor can: Intel's, AMD's, Arm's."""
PROCESSOR = Path("/proc/cpuinfo")


@dataclass(frozen=True)
class Place:
    """A device of PyTorch."""

    device: str
    bfloat16: bool = False

    def __str__(self) -> str:
        return f"{self.device}, {'bfloat16' if self.bfloat16 else 'float32'}"


def best_place() -> Place:
    """The fastest that this machine has."""
    import torch

    if torch.cuda.is_available():
        return Place("cuda", torch.cuda.is_bf16_supported())
    return Place("cpu", has_bfloat16(PROCESSOR.read_text() if PROCESSOR.exists() else ""))


def has_bfloat16(described: str) -> bool:
    """Whether Linux's description of the processor says so."""
    lines = (line.partition(":") for line in described.splitlines())
    return any(BFLOAT16 & set(can.split()) for name, _, can in lines if name.strip() in ("flags", "Features"))
