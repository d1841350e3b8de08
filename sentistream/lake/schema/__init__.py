"""How tables come into being and move from one version of their contract to the next."""
