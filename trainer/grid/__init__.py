"""The cells of a grid: what is trained, and the outcome of each."""
