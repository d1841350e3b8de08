"""Bronze and gold, kept beside the stream by a process of their own."""
