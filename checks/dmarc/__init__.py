"""DMARC (RFC 9989, reports RFC 9990): what receivers do with mail whose RFC5322.From names a domain without its proof.

A domain publishes one TXT record at `_dmarc.<domain>`: `v=DMARC1; p=reject; rua=mailto:...`. Mail passes DMARC where SPF
or DKIM passes for an *aligned* domain; where neither does, `p` says what the owner asks for: nothing (`none`), the spam
folder (`quarantine`), refusal (`reject`). A name without a record is covered by that of its *organizational domain*,
which receivers find by walking up the DNS tree: at most eight questions, `_dmarc.` before each name. There `sp` speaks
for subdomains and `np` for subdomains that do not exist.

`record.py` reads one record, `walk.py` climbs the tree, `policy.py` says which policy applies; the others are the checks.
"""
