"""Face networks that others published: a generator, and the networks that say what a face looks like."""
