"""`pk__among=[…]`: `pk__in` for thousands of values, which PostgreSQL takes as one array instead of one by one."""

from typing import Any

from django.db.models import Field, ForeignKey
from django.db.models.lookups import In


@ForeignKey.register_lookup
@Field.register_lookup
class Among(In):
    lookup_name = "among"

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, parameters = self.process_lhs(compiler, connection)
        values = self.get_db_prep_lookup(list(self.rhs), connection)[1]  # type: ignore[arg-type]
        return f"{column} = ANY(%s)", [*parameters, values]
