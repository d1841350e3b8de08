"""The offset rule: a row whose offset is not beyond its table's transaction is already there."""
