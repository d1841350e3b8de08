"""The cells of a grid: what is trained, and what became of each."""
