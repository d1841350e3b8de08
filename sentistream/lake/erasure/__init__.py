"""What a lake was asked to forget: the requests (`requests`), what they name (`forgotten`), and how each table is rid of it."""
