"""Schema evolution: tables are created, and migrated from one contract version to the next."""
