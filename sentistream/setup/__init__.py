"""Set-up of a bare machine: checks, packages, jars."""
