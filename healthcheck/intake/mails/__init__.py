"""Mails that report: bounces, complaints, the answers of machines; alone, in an mbox, in any MIME that strangers write."""
