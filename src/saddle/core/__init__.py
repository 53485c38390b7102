"""What everything stands on: networks, model files, randomness, devices, the process."""
