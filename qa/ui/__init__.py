"""The chat in the browser, and the same answers over HTTP and MCP."""
