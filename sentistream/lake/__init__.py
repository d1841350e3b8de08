"""The lake: its tables, their log, queries and time travel; in folders the schema, locks, maintenance, erasure and the doctor."""
