"""What the four reports state, held against what was measured."""
