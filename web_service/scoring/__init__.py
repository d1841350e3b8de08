"""Who answers a request for scores: the registry's champion, followed beside the event loop, alone or by batches."""
