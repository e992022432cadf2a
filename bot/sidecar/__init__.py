"""The HTTP sidecar: health, metrics, and later the API."""
