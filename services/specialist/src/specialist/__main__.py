"""Run the specialist: python -m specialist."""

from common.http.serving.process import serve, usable
from specialist.app import create_app
from specialist.settings import Settings


def main() -> None:
    """Serve until stopped."""
    serve(create_app, usable(Settings).port)


if __name__ == "__main__":
    main()
