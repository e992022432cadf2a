"""Values that every document is made of. Amounts are in major units, unknown figures null."""

from typing import Annotated

from pydantic import Field

Day = Annotated[str, Field(json_schema_extra={"format": "date"})]
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Month = Annotated[str, Field(pattern=r"^\d{4}-\d{2}$")]
Share = Annotated[float, Field(ge=0, le=1)]
Currency = Annotated[str, Field(min_length=3, max_length=3, description="ISO 4217")]
