"""Events told to others: webhooks, messages through Apprise, and a command of the operator's.

What happens is noted by the transaction in which it does (triggers that write `event_outbox`); the
dispatcher of a worker process makes events of it and delivers them.
"""
