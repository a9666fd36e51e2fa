"""The order in which rows are read: shares, shuffling, places one can come back to."""
