"""The contracts that others rely on: labels, a model version, the topic. Imports no other package of ours."""
