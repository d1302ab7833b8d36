"""Watching many domains: what is remembered from pass to pass, what changed, who is told, once."""
