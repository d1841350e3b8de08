"""The settings reference, generated from the settings classes and the commands: docs/settings.md, .env.example and `sentistream settings`."""
