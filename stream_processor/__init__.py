"""Scores tweets as they arrive: source → parse → score → sink, each a pure function; `job` wires them."""
