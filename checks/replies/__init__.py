"""Replies of mail servers and errors of sending services: what they say by the book, what they mean, what to do.

A reply has three layers that often disagree: the basic code (550, RFC 5321), the enhanced status code (5.7.26, RFC 3463)
and the words. The first digit says whether to try again, the numbers say little more, and the words decide. Three
things are kept apart: what the reply claims (`permanence`), what will work (`retry`), and what is to become of the
address (`suppress`). Nothing that the sender caused ever suppresses an address.

`parse` reads a reply out of whatever wrapped it, `match` finds the rules whose words stand in it, `numbers` knows what the
codes say without any, `classify` decides among them, `explain` says it.
"""
