"""What receivers report of a domain's mail: DMARC aggregate reports and reports on TLS."""
