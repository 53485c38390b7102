"""Pictures: everything is drawn from what earlier stages wrote, nothing is computed anew."""
