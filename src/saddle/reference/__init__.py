"""The JSON schema of params.yaml, and this project's pages that are made and not written."""
