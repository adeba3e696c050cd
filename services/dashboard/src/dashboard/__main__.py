"""Run the service: python -m dashboard."""

from common.http.app import serve
from dashboard.app import create_app
from dashboard.settings import Settings


def main() -> None:
    """Serve until told to stop."""
    serve(create_app, Settings().port)


if __name__ == "__main__":
    main()
