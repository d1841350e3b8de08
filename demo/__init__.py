"""`make demo`: the whole system on one bare machine, as separate processes, with a live view and a checked summary."""
