"""The demo's two operators: two, because whoever submits may not review."""

from dataclasses import dataclass

from redflower.kernel.text import N_


@dataclass(frozen=True, slots=True)
class DemoOperator:
    """Somebody whose place a visitor of the demo may take."""

    key: str
    email: str
    name: str


DEMO_OPERATORS = (
    DemoOperator("a", "operator-a@demo.redflower.test", N_("运营人员甲")),
    DemoOperator("b", "operator-b@demo.redflower.test", N_("运营人员乙")),
)
