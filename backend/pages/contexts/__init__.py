"""What each template may use: a dataclass a template, a module a page; a test checks them."""
