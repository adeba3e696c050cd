"""Run random-forest: python -m random_forest."""

from common.http.serving.process import serve, usable
from random_forest.app import create_app
from random_forest.settings import Settings


def main() -> None:
    """Serve until stopped."""
    serve(create_app, usable(Settings).port)


if __name__ == "__main__":
    main()
