"""Run the service: python -m dashboard."""

from common.http.serving.process import serve, usable
from dashboard.app import create_app
from dashboard.settings import Settings


def main() -> None:
    """Serve until told to stop."""
    settings = usable(Settings)
    serve(create_app, settings.port, host=settings.host, has_sign_in=bool(settings.password.get_secret_value()))


if __name__ == "__main__":
    main()
