"""What `delta/tables` declares, read from its SQL, and what of a table is not as declared."""
