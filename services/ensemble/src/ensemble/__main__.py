"""Run the ensemble: python -m ensemble."""

from common.http.app import serve
from ensemble.app import create_app
from ensemble.settings import Settings


def main() -> None:
    """Serve until stopped."""
    serve(create_app, Settings().port)


if __name__ == "__main__":
    main()
