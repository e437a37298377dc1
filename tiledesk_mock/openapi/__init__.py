"""The OpenAPI documents, made from the routes, tables and types that the emulator itself uses."""
