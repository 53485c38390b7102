"""The networks, and nothing else: no training, no files but model files."""
