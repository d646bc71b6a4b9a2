"""What a run works with: workers, a cache, networks, and somebody to tell how far it is."""
