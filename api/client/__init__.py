"""The typed client of the case service, the same in one process and across processes.

Acts on a citizen's behalf name the contact point that speaks. Every method may raise:

- `ApiProblem`: the service said no, with a stable code and parameters;
- `ApiUnavailable`: no usable answer within the time limit. What was asked may have been done all
  the same, so ask again with the same idempotency key.
"""

from api.client.asking import ApiProblem, ApiUnavailable
from api.client.cases import CaseCalls
from api.client.citizens import CitizenCalls, FileOut
from api.client.live import LiveCalls

__all__ = ["ApiClient", "ApiProblem", "ApiUnavailable", "FileOut"]


class ApiClient(CaseCalls, CitizenCalls, LiveCalls):
    """One caller of the service, with all its calls."""
