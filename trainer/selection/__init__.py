"""Choosing a cell, registering it, and promoting it to champion."""
