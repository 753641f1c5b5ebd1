"""What every folder of the backend may know: settings, logs, the queue's client, words."""
