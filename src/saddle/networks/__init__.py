"""The networks: a package for each kind, and what several kinds share. `saddle.core.network_kinds` finds them."""
