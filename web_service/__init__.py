"""The web service: the champion over HTTP, the same bits as the stream."""
