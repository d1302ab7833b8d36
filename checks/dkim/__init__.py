"""DKIM (RFC 6376, 8301, 8463): the key records of a domain, and whether receivers can use them."""
