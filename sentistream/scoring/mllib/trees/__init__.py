"""Decision trees and forests: `soundness` holds their nodes against the list, `planned` has the kernel count what they ask for, `walk` scores.

MLlib's own (org.apache.spark.ml.tree): a node sends a text to the left by one feature, and a leaf's shares of the training rows are its probabilities.
"""
