"""Who may write to a lake: a lock on a file, or a lease on an object store."""
