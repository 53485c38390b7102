"""The experiments of the reports: settings bound to networks, objectives and the loop."""
