"""Labelled files to a data set, cut into parts and audited."""
