"""How the readers of MATLAB's formats fail."""


class MatError(ValueError):
    """Why a file is not of the format, or damaged, in a few words."""
