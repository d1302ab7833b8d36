"""The support ticket: what a support engineer wants to see, in one bundle, with everybody's secrets taken out.

`case` is what a ticket tells of, `summary` the page that is read first, `bundle` the file, `opened` the way back out of it.
docs/ticket.md tells what is in it and what is not.
"""
