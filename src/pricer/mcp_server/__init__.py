"""The MCP server: tools by which a model prices, judges, finds and watches, over stdio and streamable HTTP.

Not called mcp, so that the SDK of that name is found from wherever this package is run.
"""
