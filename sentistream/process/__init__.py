"""One process among others: exclusive files, guarded children, periodic work, what is tried again, the heartbeat."""
