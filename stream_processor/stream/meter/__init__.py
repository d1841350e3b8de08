"""What the stream counts of itself for its metrics: each batch (`batches`), and how far it is behind its topic (`lag`)."""
