"""The HTTP surface: what is read, what is called, what is replied."""
