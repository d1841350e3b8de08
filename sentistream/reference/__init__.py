"""What can be set, told from the settings classes and the commands: docs/settings.md, .env.example and `sentistream settings`."""
