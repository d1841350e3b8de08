"""The feed: one follower of silver's log a service, whose events all viewers share, each written once."""
