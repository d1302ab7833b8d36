"""The replies that receivers give where SPF does not pass: what a finding of this room explains.

RFC 7372 section 3.2 registered two codes: X.7.23, SPF failed, and X.7.24, SPF could not be evaluated. Gmail and Microsoft have
their own: 5.7.26 where neither SPF nor DKIM passes, X.7.27 where bulk mail needs SPF to pass, X.7.24 where the record lets in
too many (support.google.com/a/answer/3726730, 2026-02-15), 5.7.515 where Outlook.com needs it to (techcommunity.microsoft.com,
2025-04-29).
"""

NOT_PASSED = ("4.7.26", "4.7.27", "5.7.26", "5.7.27", "5.7.515")
"""The result is none, neutral or softfail: nothing is forbidden, and nothing speaks for the sender."""
FORBIDDEN = ("5.7.23", *NOT_PASSED)
"""The result is fail."""
UNUSABLE = ("5.7.24", *NOT_PASSED)
"""The result is permerror: the record is broken."""
PUT_OFF = ("4.7.24", "4.7.26")
"""The result is temperror: the DNS did not answer."""
TOO_WIDE = ("4.7.24", "5.7.24")
"""The record lets in more than a sender can need."""
