"""SPF (RFC 7208): who may send mail whose RFC5321.MailFrom or HELO name lies in a domain.

A domain publishes one TXT record at its own name, `v=spf1` and then terms from left to right. A *mechanism* (`ip4:`,
`a`, `mx`, `include:` ...) says which addresses it matches, its *qualifier* (`+ - ~ ?`) what a match means; a *modifier*
(`redirect=`, `exp=`) adds to the record. A receiver may spend ten DNS-querying terms on the whole evaluation and no
more, which is why records that grew by one `include` a supplier stop working all at once.

`record.py` reads one record, `policy.py` gets the record with everything it includes; the other files are the checks.
"""
