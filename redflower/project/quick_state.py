"""Migrating an empty database without rendering the whole model graph anew at every step.

Django keeps a copy of all models for the schema as it was at each operation. At every change it renders the changed
model again, and with it every model it is related to, however distantly: most of the three seconds that an empty
database took. What is written for a new table follows from its own model, and of its neighbours from their names and keys
alone, so here a change renders the changed model and nothing else.

Only for an empty database: an upgrade goes Django's way, row by row of its plan. `tests/flows/test_migrate.py` compares
both ways, to the letter of every table, index, constraint, trigger and function.
"""

import contextlib
from collections.abc import Iterator

from django.db.migrations.state import ProjectState


def _reload_alone(self: ProjectState, app_label: str, model_name: str, delay: bool = False) -> None:
    if "apps" in self.__dict__:  # as Django asks: looking at the property would render everything
        self._reload({(app_label, model_name)})  # type: ignore[attr-defined]


@contextlib.contextmanager
def rendering_only_what_changes() -> Iterator[None]:
    """Within it, a migration's state renders the model that an operation changes, and no other."""
    thorough = ProjectState.reload_model
    ProjectState.reload_model = _reload_alone
    try:
        yield
    finally:
        ProjectState.reload_model = thorough
