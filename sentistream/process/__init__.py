"""Processes: file locks, guarded children, periodic work, retries, the heartbeat."""
