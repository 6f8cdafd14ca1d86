"""The service on the web: routes, sign-in by token, problem details, documentation."""
