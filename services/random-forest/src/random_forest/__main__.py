"""Run random-forest: python -m random_forest."""

from common.http.serving.process import serve
from random_forest.app import create_app
from random_forest.settings import Settings


def main() -> None:
    """Serve until stopped."""
    serve(create_app, Settings().port)


if __name__ == "__main__":
    main()
