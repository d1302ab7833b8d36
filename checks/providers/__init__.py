"""Providers of mail: who they are, and how one sees that a domain uses them."""
