"""Put MNIST's four files, unpacked and checked, into data/raw/mnist, with a record of which data they are."""

from saddle.config import load_settings
from saddle.data.fetching.fetch import fetch_mnist
from saddle.errors import reports_user_errors


@reports_user_errors
def main() -> None:
    """Run the stage."""
    fetch_mnist(load_settings().mnist.source, "data/raw/mnist")


if __name__ == "__main__":
    main()
