"""Sending services, a module each: what an object must hold to be theirs, and what it tells.

The vendor's page is named where one begins. `known` has them all, in the order in which an object is tried."""
