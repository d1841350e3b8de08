"""From a text to a vector."""
