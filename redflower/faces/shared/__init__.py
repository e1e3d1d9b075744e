"""What faces share: chrome, components, formats, error pages."""
