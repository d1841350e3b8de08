"""Java's regular expressions as automata: `java_syntax` reads a pattern into a `tree`, `program` compiles it, `automaton` makes it a table."""
