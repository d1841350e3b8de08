"""How good versions are on rows that they have not seen: stored predictions, figures with their intervals, and contests of two versions."""
