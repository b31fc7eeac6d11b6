"""Fast track: the rules of a flow that approve a request at once, or refuse it."""
