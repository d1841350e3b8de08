"""Texts to class probabilities: the registry, the probe and the scorers."""
