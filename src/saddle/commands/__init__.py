"""What the command line and notebooks offer: the first minute, drawing, judging, and `saddle.load`."""
