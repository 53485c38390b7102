"""How fast the project trains beside plain loops for the same networks: `python -m benchmarks`."""
