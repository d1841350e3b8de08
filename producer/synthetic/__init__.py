"""The synthetic source: seeded, invented tweets for load tests."""
