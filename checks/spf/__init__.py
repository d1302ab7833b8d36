"""SPF (RFC 7208): who may send mail whose RFC5321.MailFrom or HELO name lies in a domain.

A domain publishes one TXT record at its own name, `v=spf1` and then terms from left to right. A *mechanism* (`ip4:`,
`a`, `mx`, `include:` ...) says which addresses it matches, its *qualifier* (`+ - ~ ?`) what a match means; a *modifier*
(`redirect=`, `exp=`) adds to the record. A receiver may spend ten DNS-querying terms on the whole evaluation and no
more, which is why records that grew by one `include` a supplier stop working all at once.

`record.py` reads one record and `macros.py` what stands for the message in it. `policy.py` gets a domain's record with
everything it includes, for no mail in particular; `evaluate.py` judges one mail as a receiver does, `check_host()`, by
passages (`passage.py`) that leave a trace (`trace.py`). The other files are the checks and their facts.
"""
