"""How a request gets to its operation: ninja's own way, less what none of our operations has.

Left out are asynchronous views and proofs, CSRF marks, ninja's throttles and its shaping of results: the
router has wrapped each view, so that it gives a response. A test holds each release of ninja to its parts
that are used here.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja.operation import Operation, PathView


class LeanPathView(PathView):
    """Hold the operations of one path, one for each method."""

    def clone(self) -> "LeanPathView":
        """Copy it for an API that it is mounted on."""
        cloned = LeanPathView()
        cloned.url_name = self.url_name
        cloned.operations = [operation.clone() for operation in self.operations]
        return cloned

    def get_view(self) -> Callable[..., HttpResponseBase]:
        """Give what Django calls for the path.

        :raises TypeError: an operation of the path needs what is left out here
        """
        by_method = {
            method: _answering(one) for one in reversed(self.operations) for method in one.methods
        }

        def view(request: HttpRequest, **path: Any) -> HttpResponseBase:
            answer = by_method.get(request.method or "")
            return self._not_allowed() if answer is None else answer(request, path)

        view.csrf_exempt = True  # type: ignore[attr-defined]  # as ninja does: no operation takes a cookie
        return view


def _answering(operation: Operation) -> Callable[[HttpRequest, dict[str, Any]], HttpResponseBase]:
    """Make what proves who asks, reads the parameters and calls the view."""
    is_wrapped = "run" in vars(operation)  # by a decorator of ninja's
    if operation.is_async or operation.throttle_objects or operation.stream_format or is_wrapped:
        raise TypeError(f"{operation.operation_id} needs ninja's own way")
    api, view, proofs = operation.api, operation.view_func, tuple(operation.auth_callbacks)
    if len(proofs) != 1:
        raise TypeError(f"{operation.operation_id} has not one proof of who asks")
    prove, values_of, unused = proofs[0], operation._get_values, api.create_temporal_response  # noqa: SLF001 - how ninja reads parameters; a test watches it

    def answer(request: HttpRequest, path: dict[str, Any]) -> HttpResponseBase:
        try:
            request.auth = prove(request)  # type: ignore[attr-defined]  # where ninja leaves it, too
            response: HttpResponseBase = view(request, **values_of(request, path, unused(request)))
        except Exception as error:  # noqa: BLE001 - the API knows all of them and logs what nobody foresaw
            return api.on_exception(request, error)
        return response

    return answer
