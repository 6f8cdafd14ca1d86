"""`make openapi`: redocly and spectral over the OpenAPI document of the served product."""
