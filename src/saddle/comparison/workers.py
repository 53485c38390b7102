"""Whether the workers of somebody's cluster have this project, and the same one."""

from distributed import Client

from saddle.comparison.version import own_version
from saddle.errors import UserError


def check_workers(client: Client, key: str) -> None:
    """Raises `UserError` if there is no worker, or one whose project is not this one. key: what named the cluster."""

    def probe() -> str:
        # By value, so that it runs where the project is another one or missing.
        try:
            from saddle.comparison.version import own_version
        except ImportError:
            try:
                import saddle
            except ImportError:
                return "no saddle"
            return f"saddle {getattr(saddle, '__version__', 'of no version')}"
        return str(own_version())

    found = client.run(probe)
    if not found:
        raise UserError(f"{key}: it has no workers yet; start some with: dask worker ADDRESS --nthreads 1")
    for address, version in found.items():
        if version != str(own_version()):
            raise UserError(f"worker {address} has {version}, here is {own_version()}; bring both to one commit")
