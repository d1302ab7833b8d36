"""The replies that receivers give where no DKIM signature verifies: what a finding of this room explains.

RFC 7372 section 3.1 registered X.7.20, no signature passes. Gmail and Microsoft have their own: 5.7.26 where neither SPF nor
DKIM passes, X.7.30 where bulk mail needs DKIM to pass (support.google.com/a/answer/3726730, 2026-02-15), 5.7.515 where
Outlook.com needs it to (techcommunity.microsoft.com, 2025-04-29).
"""

UNVERIFIED = ("4.7.26", "4.7.30", "5.7.20", "5.7.26", "5.7.30", "5.7.515")
"""Receivers find no key to verify a signature with, or one that they must not use."""
NOT_ACCEPTED = ("5.7.21", *UNVERIFIED)
"""A key is there, and too weak to be accepted. RFC 7372: a signature passes and is not acceptable."""
