"""Reading users' files: labelled tweets, compression, written dates."""
