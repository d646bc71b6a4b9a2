"""What a run works with: workers, a cache, neural networks, and a progress callback."""
