"""Drift: what a version met on held-out rows (its profile), what it meets now, and whether the two are still the same.

In this order: `words` → `shape` → `yardstick` → `profile` → `divergence` → `verdict`. Pure functions of texts and numbers; it knows no table.
"""
