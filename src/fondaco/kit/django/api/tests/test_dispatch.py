"""Requests get to operations as with ninja, without what ours do not have."""

import asyncio
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from ninja.operation import Operation, PathView
from ninja.throttling import AnonRateThrottle

from fondaco.kit.django.api import factory
from fondaco.kit.django.api.dispatch import LeanPathView
from fondaco.kit.django.api.router import Router


class TestLeanPathView:
    def test_is_that_of_each_of_our_operations(self) -> None:
        router = Router(auth=None)

        @router.get("/things")
        def show(request: HttpRequest) -> HttpResponse:
            return HttpResponse("shown")

        @router.post("/things")
        def make(request: HttpRequest) -> HttpResponse:
            return HttpResponse("made")

        (held,) = router.path_operations.values()
        assert isinstance(held, LeanPathView)
        assert isinstance(held.clone(), LeanPathView)
        assert [one.methods for one in held.operations] == [["GET"], ["POST"]]

    def test_gives_ninjas_answer_to_a_method_that_it_lacks(self) -> None:
        ours, theirs = LeanPathView(), PathView()
        for held in (ours, theirs):
            held.operations.append(_operation())
        request = RequestFactory().put("/shop/things")
        answers = [held.get_view()(request) for held in (ours, theirs)]
        assert [one.status_code for one in answers] == [405, 405]
        assert answers[0]["Allow"] == answers[1]["Allow"] == "GET"
        assert answers[0].content == answers[1].content

    def test_refuses_what_it_leaves_out(self) -> None:
        async def late(request: HttpRequest) -> HttpResponse:
            await asyncio.sleep(0)
            return HttpResponse()

        held = LeanPathView()
        held.add_operation("/things", ["GET"], late, operation_id="late")
        with pytest.raises(TypeError, match="late"):
            held.get_view()
        changes: tuple[dict[str, Any], ...] = (
            {"throttle_objects": [AnonRateThrottle("1/s")]},
            {"run": lambda request: HttpResponse()},
            {"auth_callbacks": []},
            {"auth_callbacks": [lambda request: 1, lambda request: 2]},
        )
        for changed in changes:
            other = LeanPathView()
            operation = _operation()
            vars(operation).update(changed)
            other.operations.append(operation)
            with pytest.raises(TypeError, match=r"needs ninja|not one proof"):
                other.get_view()


def _operation() -> Operation:
    def show(request: HttpRequest) -> HttpResponse:
        return HttpResponse("shown")

    operation = Operation("/things", ["GET"], show, auth=lambda request: True, operation_id="shown")
    operation.api = factory.make_api(namespace="tests-dispatch")
    return operation
