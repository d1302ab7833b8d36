"""DNSBLs: lists of addresses and domains, published in the DNS. RFC 5782

A list is a zone. To ask about 192.0.2.1, look up an A record at 1.2.0.192.<zone>: NXDOMAIN is "not listed", an address
in 127.0.0.0/8 is a *return code* of that list. Three things make naive checkers cry wolf: a list that declines to answer
a resolver says so with a return code too; a list that is closed answers nothing, or everything; and a resolver between
us and the list may answer instead of it. So a list is believed only after its own test points gave the right answers in
the same run, only its documented codes count, and everything else is unknown: neither a listing nor a clean bill.
"""
