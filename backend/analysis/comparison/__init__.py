"""What a comparison of runs shows; its page, the API and reports share it."""
