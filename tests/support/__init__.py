"""What tests share: data, places, processes and stand-ins; no test imports from another test."""
