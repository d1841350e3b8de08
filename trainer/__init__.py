"""Selects and registers a model: data → split → features → grid → evaluation → registry."""
