"""How the MCP server is told to behave through the environment, beside what all services share."""

from pydantic import Field

from common.settings import HttpSettings


class Settings(HttpSettings):
    """`mcp_seconds`: for one call of a tool, with all that it asks of the services."""

    mcp_seconds: float = Field(default=30.0, gt=0, le=600)
