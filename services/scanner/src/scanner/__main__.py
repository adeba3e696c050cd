"""Run the scanner: python -m scanner."""

from common.http.serving.process import serve, usable
from scanner.app import create_app
from scanner.settings import Settings


def main() -> None:
    """Serve on SCANNER_PORT, 8004 by default."""
    serve(create_app, usable(Settings).port)


if __name__ == "__main__":
    main()
