"""What the services share: settings, schemas, the Spark session, jars, the model registry, logging. Knows no service."""

__version__ = "0.1.0"
