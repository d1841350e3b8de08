"""One process among others: exclusive files, guarded children, the heartbeat."""
