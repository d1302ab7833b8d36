"""A small zone to try records in."""

ZONE = """
$ORIGIN acme.test.
@ 3600 SOA ns1 hostmaster 1 7200 3600 1209600 300
@     NS   ns1
ns1   A    192.0.2.53
@     TXT  "v=spf1 ip4:192.0.2.0/24 -all"
@     TXT  "google-site-verification=abc"
@     MX   10 mail
mail  A    192.0.2.1
news  CNAME elsewhere.acme.test.
elsewhere TXT "v=spf1 -all"
"""
