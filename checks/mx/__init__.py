"""MX: where mail to a domain goes, bounces and replies included. RFC 5321 section 5.1.

A sending domain needs a way back. Bounces go to the RFC5321.MailFrom domain, replies to the Author Domain; a domain that
cannot be answered is refused by many receivers before they look at anything else.
"""
