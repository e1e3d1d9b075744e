"""The door for the provider's notices: believed only when signed, answered only once durable."""

import logging

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from redflower.adapters.payment_errors import NoticeTooLarge, NoticeUnreadable
from redflower.adapters.sandbox import NOTICE_MAX_BYTES
from redflower.domains.payments.errors import OrderNotFound
from redflower.domains.payments.types import AlarmKind
from redflower.faces.shared.instance import sandbox_client, settle_policy
from redflower.faces.shared.refunds import settle_refund_notices
from redflower.faces.shared.settlement import settle
from redflower.kernel import clock

log = logging.getLogger("redflower.notices")


@csrf_exempt
@require_POST
def sandbox_notice(request: HttpRequest) -> HttpResponse:
    """Settles one notice of the sandbox provider and says what became of it.

    A notice that does not fit is parked for operators and acknowledged, so that the provider stops repeating it. One
    about an order we do not know is parked too, but answered 404: our own row may still be on its way, and the
    provider's next try will find it.
    Errors: those of `SandboxClient.verify_notice`, OrderNotFound; 503 while the database is away.
    """
    now = clock.now()
    notice = sandbox_client().verify_notice(request.headers, _read_body(request), now)
    [outcome] = settle([notice], settle_policy(), now)
    if outcome.alarm is not None:
        log.warning("notice about order %s parked: %s", outcome.order_id, outcome.alarm)
    if outcome.alarm == AlarmKind.UNKNOWN_ORDER:
        raise OrderNotFound
    return JsonResponse({"result": outcome.result})


@csrf_exempt
@require_POST
def sandbox_refund_notice(request: HttpRequest) -> HttpResponse:
    """Settles one notice about a refund and says what became of it; what does not fit is parked and acknowledged.

    Errors: those of `SandboxClient.verify_refund_notice`; 503 while the database is away.
    """
    now = clock.now()
    notice = sandbox_client().verify_refund_notice(request.headers, _read_body(request), now)
    [outcome] = settle_refund_notices([notice], now)
    if outcome.alarm is not None:
        log.warning("notice about refund %s parked: %s", outcome.refund_id, outcome.alarm)
    return JsonResponse({"result": outcome.result})


def _read_body(request: HttpRequest) -> bytes:
    """The raw body, refused by its announced length before a byte of it is read."""
    announced = request.META.get("CONTENT_LENGTH") or "0"
    if announced.isascii() and announced.isdigit() and int(announced) > NOTICE_MAX_BYTES:
        raise NoticeTooLarge(limit_bytes=NOTICE_MAX_BYTES)
    try:
        return request.body
    except RequestDataTooBig as fault:
        raise NoticeTooLarge(limit_bytes=NOTICE_MAX_BYTES) from fault
    except UnreadablePostError as fault:
        raise NoticeUnreadable from fault
