"""Pictures: everything is drawn from what earlier stages wrote; `live` shows a training while it runs."""
