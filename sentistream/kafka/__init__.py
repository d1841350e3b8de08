"""The topic and a broker of our own."""
