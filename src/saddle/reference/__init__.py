"""What can be read of the project's settings and metrics, made from the code and from params.yaml."""
