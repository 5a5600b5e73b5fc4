"""What every type of the course is made of."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

__all__ = ["Id", "Language", "Localised", "Minutes", "Node", "Side", "Text"]

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True), Field(json_schema_extra={"x-text": True})]
Language = Literal["sv", "en"]
Localised = dict[Language, Text]
Side = Literal["public", "civic", "common"]
Minutes = Annotated[int, Field(ge=1, le=240)]


class Node(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)
