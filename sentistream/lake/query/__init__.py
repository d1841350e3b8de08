"""Questions to the lake: asked in SQL, answered by DuckDB, written as a table, CSV, JSON or Parquet."""
