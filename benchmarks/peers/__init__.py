"""What others would build for the same task; each runs as a process, two of them in environments of their own."""
