"""Speed and quality, measured; each module is a command."""
