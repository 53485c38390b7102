"""The one adversarial loop: objectives, constraints, optimizers, state, log."""
