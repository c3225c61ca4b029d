"""How an event gets to a receiver: one module for each kind of receiver."""
