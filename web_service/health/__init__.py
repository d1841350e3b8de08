"""Health: whether every record is accounted for, how far the stream is behind, what it rejected, and what the doctor found."""
