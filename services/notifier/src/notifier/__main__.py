"""Run the service: python -m notifier."""

from common.http.serving.process import serve, usable
from notifier.app import create_app
from notifier.settings import Settings


def main() -> None:
    """Serve until told to stop."""
    serve(create_app, usable(Settings).port)


if __name__ == "__main__":
    main()
