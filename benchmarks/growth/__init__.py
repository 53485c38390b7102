"""How time and memory grow: with the batch, with the pixels of an image, and with the runs of a sweep."""
