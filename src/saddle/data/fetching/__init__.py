"""Getting files that others published: from mirrors on the web, from package registries, from a local folder."""
