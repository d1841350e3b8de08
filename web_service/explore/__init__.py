"""Explore: any time of the lake, asked by filters that are the page's address."""
