"""Where things lie."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The repository."""
FIXTURES = ROOT / "tests" / "fixtures"
SHARED = ROOT.parent / "shared" / "data"
"""Real tweets on the machines that have them; never part of the repository."""
