"""The core of healthcheck: it asks and judges, and opens no socket, no file, no clock.

Start with `model` (the words), `inquiry` (how a question is asked without asking it) and one check,
`spf/lookup_limit.py`. `registry.CHECKS` is the whole catalogue in report order.
"""
