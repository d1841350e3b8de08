"""Model health: what each version meets in the lake, counted by the hour, beside the profile that was stored with it (docs/drift.md)."""
