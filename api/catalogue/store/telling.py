"""Describe the faults of a file that violates its model: line, fault, correction."""

import difflib
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from api.catalogue.store.located import Located, PathTo, Value
from api.catalogue.store.part import FilePart

FileT = TypeVar("FileT", bound=FilePart)


def parse(model: type[FileT], located: Located) -> FileT | None:
    """Parse the file as `model`; return None after adding its problems to `located`."""
    if located.problems and located.data is None:
        return None
    try:
        return model.model_validate(_without_empty(located.data or {}))
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            _tell(model, detail, located)
        return None


def _without_empty(value: Value) -> Value:
    # An empty `days_off:` means the same as no such line.
    if isinstance(value, dict):
        return {key: _without_empty(item) for key, item in value.items() if item is not None}
    return [_without_empty(item) for item in value] if isinstance(value, list) else value


def _tell(model: type[FilePart], detail: ErrorDetails, located: Located) -> None:
    path = tuple(step for step in detail["loc"] if step != "[key]")
    name = str(path[-1]) if path else located.file
    given = detail.get("input")
    context: Mapping[str, Any] = detail.get("ctx", {})
    match detail["type"]:
        case "catalogue":
            what, instead = str(context["what"]), str(context["instead"])
        case "missing":
            what, instead = f"'{name}' is missing", f"add '{name}:'{_where(path)}"
        case "extra_forbidden":
            known = _known_keys(model, path[:-1])
            near = difflib.get_close_matches(name, known, 1)
            what = f"unknown key '{name}'"
            instead = f"did you mean '{near[0]}'?" if near else f"one of: {', '.join(known)}"
        case "too_short":
            least = context.get("min_length", 1)
            what = f"'{name}' has {context.get('actual_length', 0)} entries{_where(path)}"
            instead = f"at least {least}"
        case "enum" | "literal_error":
            what, instead = f"'{given}' is not allowed here", f"one of {context.get('expected')}"
        case "string_pattern_mismatch":
            what = f"'{given}' has the wrong shape"
            instead = f"something that matches {context.get('pattern')}"
        case "string_too_short":
            what, instead = f"'{name}' is empty{_where(path)}", "write the words"
        case _:
            what, instead = f"'{name}': {detail['msg']}", "see docs/catalogue.md"
    located.complain(path, what, instead)


def _where(path: PathTo) -> str:
    above = [str(step) for step in path[:-1]]
    return f" under {' / '.join(above)}" if above else ""


def _known_keys(model: type[FilePart], path: PathTo) -> list[str]:
    """Return the keys of the model at the end of `path`."""
    current: Any = model
    for step in path:
        if isinstance(current, type) and issubclass(current, BaseModel):
            field = current.model_fields.get(str(step))
            current = field.annotation if field else None
        else:  # dict[key, part] or list[part]: the step is a key or an index
            current = get_args(current)[-1] if get_args(current) else None
        current = next(_unwrapped(current), None)
    is_model = isinstance(current, type) and issubclass(current, BaseModel)
    return list(current.model_fields) if is_model else []


def _unwrapped(annotation: object) -> Iterator[object]:
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _unwrapped(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for part in get_args(annotation):
            if part is not type(None):
                yield from _unwrapped(part)
    else:
        yield annotation
