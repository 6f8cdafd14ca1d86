"""Typed client of the case service, for one process and across processes.

Calls for a citizen name the citizen's contact point. Every method may raise:

- `ApiProblem`: the service refused, with a stable code and parameters;
- `ApiUnavailable`: no usable answer within the time limit. The request may have been carried out;
  repeat it with the same idempotency key.
"""

from api.client.asking import ApiProblem, ApiUnavailable
from api.client.cases import CaseCalls
from api.client.citizens import CitizenCalls, FileOut
from api.client.live import LiveCalls

__all__ = ["ApiClient", "ApiProblem", "ApiUnavailable", "FileOut"]


class ApiClient(CaseCalls, CitizenCalls, LiveCalls):
    """Client of the service, with all its calls."""
