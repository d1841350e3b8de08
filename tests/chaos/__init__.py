"""`make chaos`: kills the real producer, processor and broker in every way, then compares what is there with what was sent."""
