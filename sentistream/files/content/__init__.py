"""The bytes of an input: where they come from, what they are not, and how they are packed and encoded."""
