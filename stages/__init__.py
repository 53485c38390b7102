"""The stages of the pipeline, one thin script each: `python -m stages NAME [VARIANT]`."""
