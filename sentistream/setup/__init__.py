"""From a bare machine to one that can run everything."""
