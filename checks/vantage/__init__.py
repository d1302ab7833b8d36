"""Vantage: can this run be trusted? What is checked is the way to the world, not the domain.

A resolver that is silent, that invents addresses for names that do not exist, that cannot be asked over TCP, or that
blocklists refuse makes every other finding worth less. Nothing here is the domain's fault, so nothing here ever fails
a report: what cannot be trusted is unknown.
"""
