"""What stands before every door: who may ask, how much and how long."""
