"""Run the service: `python -m frontier_rag`."""

from common.http.serving.process import serve, usable
from frontier_rag.app import create_app
from frontier_rag.settings import Settings


def main() -> None:
    """Serve until told to stop."""
    serve(create_app, usable(Settings).port)


if __name__ == "__main__":
    main()
