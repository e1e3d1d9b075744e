"""The one place that knows everything: settings, URLs, processes."""
