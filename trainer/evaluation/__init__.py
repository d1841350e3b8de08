"""Figures recomputed from stored predictions."""
