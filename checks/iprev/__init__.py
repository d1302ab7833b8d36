"""iprev: does an address have a name, and does the name lead back to it? RFC 8601 section 3

The PTR record of an address is under the control of whoever owns the network, the A or AAAA record of the name under that
of whoever owns the name. Where the two agree ("forward-confirmed reverse DNS") somebody meant the address to be a mail
server; infected home machines rarely have it. Gmail, Yahoo, GMX, Orange and most others ask for it. It need not be the name
in the From header, nor the HELO name.
"""
