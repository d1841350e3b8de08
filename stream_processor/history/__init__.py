"""Reading the scored table again: rescoring, and comparing two versions."""
