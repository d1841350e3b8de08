"""The live source: X's filtered stream, within a budget."""
