"""Training many variants over settings and seeds, on this machine or a cluster, into one table."""
