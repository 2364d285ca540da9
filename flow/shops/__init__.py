"""The partner's side: the protocol of a shop, and the reference integration."""
