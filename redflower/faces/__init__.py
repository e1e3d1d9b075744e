"""What each audience meets. A face checks what came in, calls selectors and services, and shows the answer."""
