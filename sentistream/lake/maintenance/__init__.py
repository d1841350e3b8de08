"""Compaction, retention and the rollup that outlives retired rows."""
