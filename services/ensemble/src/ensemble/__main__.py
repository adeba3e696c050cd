"""Run the ensemble: python -m ensemble."""

from common.http.serving.process import serve, usable
from ensemble.app import create_app
from ensemble.settings import Settings


def main() -> None:
    """Serve until stopped."""
    serve(create_app, usable(Settings).port)


if __name__ == "__main__":
    main()
