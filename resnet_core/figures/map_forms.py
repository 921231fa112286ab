"""In which forms a map is drawn; known without whatever draws it."""

from typing import Literal, get_args

Form = Literal["overlay", "map", "contours", "picture"]
FORMS: tuple[Form, ...] = get_args(Form)
