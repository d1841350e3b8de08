"""Processes: file locks, guarded children, periodic work, retries, the heartbeat, and disks that take nothing more."""
