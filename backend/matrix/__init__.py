"""Soft-label matrices as such: stored frames, class orders, clustering, similarity."""
