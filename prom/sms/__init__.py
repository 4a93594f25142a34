"""The only network: the gateway seam and the providers behind it."""
