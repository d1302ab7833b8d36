"""One real message: what its header says of the way in which it was sent. RFC 5322, RFC 5321 section 4.4."""
